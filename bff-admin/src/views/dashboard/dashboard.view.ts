import type { PoolTotals } from '@cloudphone/contracts';
import * as z from 'zod';
import { defineAdminView } from '../../define-admin-view.ts';

/**
 * The console's first screen: numbers of all five services. It can live without any one of them.
 * Nearly every event changes one of its numbers, so it tolerates two seconds of change and is
 * refreshed behind the reader.
 */
export const dashboard = defineAdminView({
  name: 'dashboard',
  params: z.strictObject({}),
  scope: 'permission',
  freshFor: '30s',
  servableFor: '10m',
  toleratesChangeFor: '2s',
  async load(_params, { from, optional }) {
    const [people, devices, pool, orders, lowBalances, campaigns, appsToReview] = await Promise.all(
      [
        optional('people', () => from.user.getUserCounts({})),
        optional('devices', () => from.device.getDeviceCounts({})),
        optional('pool', () => from.device.getPool({})),
        optional('orders', () => from.billing.getOrderCounts({})),
        optional('lowBalances', () => from.billing.getLowBalanceCount({})),
        optional('campaigns', () => from.notification.getRunningCampaignCount({})),
        optional('appsToReview', () =>
          from.app.listApps({ query: { reviewStatus: 'pending', limit: 200 } }),
        ),
      ],
    );
    return {
      people,
      devices,
      pool: pool && presentTotals(pool),
      orders,
      lowBalances,
      campaigns,
      appsToReview: appsToReview && { count: appsToReview.items.length },
    };
  },
});

/** Without its nodes one by one: those are at `/admin/pool`. */
const presentTotals = ({ capacity, used, free, isLow }: PoolTotals): PoolTotals => ({
  capacity,
  used,
  free,
  isLow,
});
