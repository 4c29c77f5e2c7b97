import * as z from 'zod';
import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { balanceSchema, paymentMethodSchema, paymentSchema } from '../services/payments.ts';
import { tags } from '../tags.ts';
import { idSchema, moneySchema, timeSchema } from '../values.ts';

const successFields = [
  'userId',
  'balance',
  'version',
  'paymentId',
  'paid',
  'method',
  'at',
] as const;
const failureFields = ['userId', 'paymentId', 'orderId', 'amount', 'reason', 'at'] as const;

export const moneyEvents = {
  /** Asked of the provider; `payment_success` or `payment_failed` follows. */
  'billing.payment_started': defineEvent({
    type: 'billing.payment_started',
    data: paymentSchema,
    subject: (payment) => `user/${payment.userId}`,
    key: (payment) => `balance:${payment.userId}`,
    tags: (payment) => [tags.paymentsOf(payment.userId)],
    audiences: [
      {
        channel: (payment) => channels.user(payment.userId),
        fields: ['id', 'amount', 'method', 'status', 'createdAt'],
      },
    ],
  }),
  /** Money came in and is on the balance. */
  'billing.payment_success': defineEvent({
    type: 'billing.payment_success',
    data: balanceSchema.extend({
      paymentId: idSchema,
      paid: moneySchema,
      method: paymentMethodSchema,
      at: timeSchema,
    }),
    subject: (payment) => `user/${payment.userId}`,
    key: (payment) => `balance:${payment.userId}`,
    tags: (payment) => [
      tags.balance(payment.userId),
      tags.balances(),
      tags.paymentsOf(payment.userId),
      tags.invoicesOf(payment.userId),
    ],
    audiences: [
      { channel: (payment) => channels.user(payment.userId), fields: successFields },
      { channel: () => channels.adminWith('orders:read'), fields: successFields },
    ],
  }),
  /** The provider declined a top-up, or the balance did not cover an order. */
  'billing.payment_failed': defineEvent({
    type: 'billing.payment_failed',
    data: z.object({
      userId: idSchema,
      paymentId: idSchema.nullable(),
      orderId: idSchema.nullable(),
      amount: moneySchema,
      reason: z.enum(['declined', 'balance_too_low']),
      at: timeSchema,
    }),
    subject: (payment) => `user/${payment.userId}`,
    key: (payment) => `balance:${payment.userId}`,
    tags: (payment) => [tags.paymentsOf(payment.userId)],
    audiences: [
      { channel: (payment) => channels.user(payment.userId), fields: failureFields },
      { channel: () => channels.adminWith('orders:read'), fields: failureFields },
    ],
  }),
  /** Once each time that spending takes a balance below the settings' threshold. */
  'billing.low_balance': defineEvent({
    type: 'billing.low_balance',
    data: balanceSchema.extend({ threshold: moneySchema, at: timeSchema }),
    subject: (low) => `user/${low.userId}`,
    key: (low) => `balance:${low.userId}`,
    tags: (low) => [tags.balance(low.userId), tags.balances()],
    audiences: [
      {
        channel: (low) => channels.user(low.userId),
        fields: ['balance', 'version', 'threshold', 'at'],
      },
      {
        channel: () => channels.adminWith('orders:read'),
        fields: ['userId', 'balance', 'version', 'threshold', 'at'],
      },
    ],
  }),
  /** This service has taken over what the settings call a low balance. */
  'billing.threshold_changed': defineEvent({
    type: 'billing.threshold_changed',
    data: z.object({ lowBalanceBelow: moneySchema, at: timeSchema }),
    subject: () => 'low-balance-threshold',
    key: () => 'low-balance-threshold',
    tags: () => [tags.balances()],
  }),
  'billing.usage_recorded': defineEvent({
    type: 'billing.usage_recorded',
    data: z.object({
      deviceId: idSchema,
      userId: idSchema,
      minutes: z.int(),
      /** Taken from the balance. */
      cost: moneySchema,
      from: timeSchema,
      to: timeSchema,
    }),
    subject: (usage) => `device/${usage.deviceId}`,
    key: (usage) => `usage:${usage.deviceId}`,
    tags: (usage) => [
      tags.usageOfDevice(usage.deviceId),
      tags.usageOfUser(usage.userId),
      tags.usage(),
      tags.balance(usage.userId),
      tags.balances(),
    ],
    audiences: [
      {
        channel: (usage) => channels.user(usage.userId),
        fields: ['deviceId', 'minutes', 'cost', 'from', 'to'],
      },
    ],
  }),
} as const;
