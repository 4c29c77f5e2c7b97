import * as z from 'zod';
import { defineOwnView } from '../../define-own-view.ts';

/**
 * The app's first screen: who I am, my phones at a glance, balance, quota, unread messages. Only
 * the person is needed. Dropped by a change of any of these; `expiringSoon` also by time.
 */
export const home = defineOwnView({
  name: 'home',
  params: z.strictObject({}),
  scope: 'subject',
  freshFor: '30s',
  servableFor: '10m',
  async load(_params, { from, scope, required, optional }) {
    const userId = scope.subject;
    const [person, devices, balance, quota, notifications] = await Promise.all([
      required('person', () => from.user.getUser({ params: { userId } })),
      optional('devices', () => from.device.getDeviceCounts({ query: { ownerId: userId } })),
      optional('balance', () => from.billing.getBalance({ params: { userId } })),
      optional('quota', () => from.user.getQuota({ params: { userId } })),
      optional('notifications', () => from.notification.getUnreadCount({ params: { userId } })),
    ]);
    return {
      greeting: { name: person.name, locale: person.locale },
      devices,
      balance: balance?.balance ?? null,
      quota,
      unread: notifications?.unread ?? null,
      expiringSoon: devices?.expiringSoon ?? null,
    };
  },
});
