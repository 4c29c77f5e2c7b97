import * as z from 'zod';
import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { balanceSchema, orderSchema, planSchema } from '../services/billing.ts';
import { tags } from '../tags.ts';
import { idSchema, moneySchema, timeSchema } from '../values.ts';

type OrderFacts = z.infer<typeof orderSchema>;

const buyersFields = [
  'id',
  'planId',
  'planName',
  'quantity',
  'total',
  'status',
  'deviceId',
  'version',
  'updatedAt',
] as const;
const everyField = Object.keys(orderSchema.shape) as (keyof OrderFacts & string)[];

const orderEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: orderSchema,
    subject: (order) => `order/${order.id}`,
    key: (order) => `order:${order.id}`,
    tags: (order) => [tags.order(order.id), tags.orders(), tags.ordersOf(order.userId)],
    audiences: [
      { channel: (order) => channels.user(order.userId), fields: buyersFields },
      { channel: () => channels.adminWith('orders:read'), fields: everyField },
    ],
  });

const planEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: planSchema,
    subject: (plan) => `plan/${plan.id}`,
    key: (plan) => `plan:${plan.id}`,
    tags: (plan) => [tags.plan(plan.id), tags.plans()],
  });

const balanceFields = ['userId', 'balance', 'version'] as const;

export const billingEvents = {
  'plan.created': planEvent('plan.created'),
  'order.created': orderEvent('order.created'),
  'order.updated': orderEvent('order.updated'),
  'order.cancelled': orderEvent('order.cancelled'),
  'billing.payment_success': defineEvent({
    type: 'billing.payment_success',
    data: balanceSchema.extend({ paymentId: idSchema, paid: moneySchema, at: timeSchema }),
    subject: (payment) => `user/${payment.userId}`,
    key: (payment) => `balance:${payment.userId}`,
    tags: (payment) => [tags.balance(payment.userId), tags.balances()],
    audiences: [
      {
        channel: (payment) => channels.user(payment.userId),
        fields: [...balanceFields, 'paymentId', 'paid', 'at'],
      },
      {
        channel: () => channels.adminWith('orders:read'),
        fields: [...balanceFields, 'paymentId', 'paid', 'at'],
      },
    ],
  }),
  'billing.usage_recorded': defineEvent({
    type: 'billing.usage_recorded',
    data: z.object({
      deviceId: idSchema,
      userId: idSchema,
      minutes: z.int(),
      cost: moneySchema,
      from: timeSchema,
      to: timeSchema,
    }),
    subject: (usage) => `device/${usage.deviceId}`,
    key: (usage) => `usage:${usage.deviceId}`,
    tags: (usage) => [tags.usageOfDevice(usage.deviceId), tags.usageOfUser(usage.userId)],
    audiences: [
      {
        channel: (usage) => channels.user(usage.userId),
        fields: ['deviceId', 'minutes', 'cost', 'from', 'to'],
      },
    ],
  }),
} as const;
