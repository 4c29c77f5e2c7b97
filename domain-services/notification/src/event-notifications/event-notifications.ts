import type { Money } from '@cloudphone/contracts';
import { type EventNotification, notify } from './event-notification.ts';

const owner = ({ ownerId }: { readonly ownerId: string | null }) => ownerId;
const person = ({ userId }: { readonly userId: string | null }) => userId;
const finance = () => ({ staff: ['admin', 'finance'] as const });
const operations = () => ({ staff: ['admin', 'operations'] as const });
const deviceName = ({ name }: { readonly name: string }) => ({ deviceName: name });
const money = ({ amount, currency }: Money) => ({ amount, currency });
const quota = (of: { readonly devicesUsed: number; readonly devicesLimit: number }) => ({
  used: of.devicesUsed,
  limit: of.devicesLimit,
});
const at = ({ at: when }: { readonly at: string }) => ({ at: when });
/** The first eight characters name an order well enough between people. */
const short = (id: string | null) => id?.slice(0, 8);

/** Whoever is told of what: another message is another line. */
export const EVENT_NOTIFICATIONS: readonly EventNotification[] = [
  notify('user.registered', { to: person }),
  notify('user.login_failed', {
    to: person,
    values: ({ at: when }) => ({ at: when, attempts: 3 }),
    lane: 'urgent',
    atTheNthInAnHour: 3,
  }),
  // Of the link only what it is fetched by: the link itself is read when the mail leaves.
  notify('user.password_reset_requested', {
    template: 'user.password_reset',
    to: person,
    values: ({ resetId, expiresAt }) => ({ resetId, expiresAt }),
    by: ['email'],
    lane: 'urgent',
  }),
  notify('user.password_changed', { to: person, values: at, lane: 'urgent' }),
  notify('user.two_factor_enabled', { to: person, values: at, lane: 'urgent' }),
  notify('user.two_factor_disabled', { to: person, values: at, lane: 'urgent' }),

  notify('device.created', { to: owner, values: deviceName }),
  notify('device.creation_failed', {
    to: owner,
    values: (device) => ({ ...deviceName(device), reason: device.lastError ?? device.status }),
  }),
  notify('device.error', {
    to: owner,
    values: (device, { time }) => ({
      ...deviceName(device),
      ...{ reason: device.lastError ?? device.status, at: time },
    }),
  }),
  notify('device.connection_lost', {
    to: owner,
    values: (device, { time }) => ({ ...deviceName(device), at: time }),
  }),
  notify('device.expiring_soon', {
    to: owner,
    values: (device) => ({
      ...deviceName(device),
      ...{ expiresAt: device.expiresAt, days: device.daysLeft },
    }),
  }),
  notify('device.expired', { to: owner, values: deviceName }),
  notify('device.pool_low', {
    template: 'staff.pool_low',
    to: operations,
    values: ({ free, capacity }) => ({ free, capacity }),
  }),

  notify('app.installed', { to: owner, values: ({ appName }) => ({ appName }) }),
  notify('app.install_failed', {
    to: owner,
    values: ({ appName, error }) => ({ appName, reason: error ?? '' }),
  }),

  notify('billing.payment_success', { to: person, values: ({ paid }) => money(paid) }),
  notify('billing.payment_failed', {
    to: person,
    values: ({ amount, reason, orderId }) => ({
      ...money(amount),
      ...{ reason, orderNumber: short(orderId) },
    }),
  }),
  notify('billing.payment_failed', {
    template: 'staff.payment_failed',
    to: finance,
    values: ({ amount, reason, userId }) => ({ ...money(amount), reason, userId }),
    by: ['websocket'],
  }),
  notify('billing.low_balance', {
    to: person,
    values: ({ balance }) => ({
      ...money(balance),
      severity: balance.amount <= 0 ? 'critical' : 'low',
    }),
  }),
  notify('billing.low_balance', {
    template: 'staff.low_balance',
    to: finance,
    values: ({ balance, userId }) => ({ ...money(balance), userId }),
    by: ['websocket'],
  }),
  notify('billing.invoice_generated', {
    to: person,
    values: ({ total, number, dueAt }) => ({ ...money(total), invoiceNumber: number, dueAt }),
  }),
  notify('order.refunded', {
    to: person,
    values: ({ total, id, planName }) => ({ ...money(total), orderNumber: short(id), planName }),
  }),

  notify('quota.alert', { to: person, values: quota }),
  notify('quota.exceeded', { to: person, values: quota }),

  notify('system.alert', {
    template: 'staff.delivery_failures',
    to: operations,
    values: ({ channel, count, since }) => ({ channel, count, since }),
    by: ['websocket', 'email'],
  }),
];
