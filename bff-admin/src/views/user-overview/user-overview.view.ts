import { idSchema } from '@cloudphone/contracts';
import * as z from 'zod';
import { defineAdminView } from '../../define-admin-view.ts';

const ROWS = 20;

/**
 * One person as support sees them: quota, devices, orders, balance and latest notifications. Only
 * the person is needed. Dropped by a change of any of these.
 */
export const userOverview = defineAdminView({
  name: 'user-overview',
  params: z.strictObject({ userId: idSchema }),
  scope: 'permission',
  freshFor: '30s',
  servableFor: '10m',
  async load({ userId }, { from, required, optional }) {
    const [user, quota, devices, orders, balance, notifications] = await Promise.all([
      required('user', () => from.user.getUser({ params: { userId } })),
      optional('quota', () => from.user.getQuota({ params: { userId } })),
      optional('devices', () =>
        from.device.listDevices({ query: { ownerId: userId, limit: ROWS } }),
      ),
      optional('orders', () => from.billing.listOrders({ query: { userId, limit: ROWS } })),
      optional('balance', () => from.billing.getBalance({ params: { userId } })),
      optional('notifications', () =>
        from.notification.listNotifications({ params: { userId }, query: { limit: ROWS } }),
      ),
    ]);
    return {
      user,
      quota,
      devices: devices?.items ?? null,
      orders: orders?.items ?? null,
      balance: balance?.balance ?? null,
      notifications: notifications?.items ?? null,
    };
  },
});
