import * as z from 'zod';
import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { orderSchema } from '../services/orders.ts';
import { refundSchema } from '../services/refunds.ts';
import { tags } from '../tags.ts';

type OrderFacts = z.infer<typeof orderSchema>;
type RefundFacts = z.infer<typeof refundSchema>;

const buyersFields = [
  'id',
  'planId',
  'planName',
  'quantity',
  'total',
  'status',
  'deviceId',
  'deviceIds',
  'failure',
  'expiresAt',
  'version',
  'updatedAt',
] as const;
const everyField = Object.keys(orderSchema.shape) as (keyof OrderFacts & string)[];

const orderTags = (order: OrderFacts) => [
  tags.order(order.id),
  tags.orders(),
  tags.ordersOf(order.userId),
];
/** Of an order whose step moved the person's money, too. */
const paidOrderTags = (order: OrderFacts) => [
  ...orderTags(order),
  tags.balance(order.userId),
  tags.balances(),
  tags.invoicesOf(order.userId),
];

const orderEvent = <Type extends string>(type: Type, tagsOf = orderTags) =>
  defineEvent({
    type,
    data: orderSchema,
    subject: (order) => `order/${order.id}`,
    key: (order) => `order:${order.id}`,
    tags: tagsOf,
    audiences: [
      { channel: (order) => channels.user(order.userId), fields: buyersFields },
      { channel: () => channels.adminWith('orders:read'), fields: everyField },
    ],
  });

/** What whoever provides the devices has to know of a paid order. */
const paidOrderSchema = orderSchema.extend({ durationDays: z.int() });

const refundFields = Object.keys(refundSchema.shape) as (keyof RefundFacts & string)[];

const refundEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: refundSchema,
    subject: (refund) => `order/${refund.orderId}`,
    key: (refund) => `order:${refund.orderId}`,
    tags: (refund) => [tags.refunds(), tags.refundOf(refund.orderId)],
    audiences: [
      {
        channel: (refund) => channels.user(refund.userId),
        fields: ['id', 'orderId', 'planName', 'amount', 'reason', 'status', 'version'],
      },
      { channel: () => channels.adminWith('refunds:read'), fields: refundFields },
    ],
  });

export const orderEvents = {
  'order.created': orderEvent('order.created'),
  /** What it copies of its person changed. */
  'order.updated': orderEvent('order.updated'),
  /** Asks for its devices: `device.allocated` or `device.allocation_failed` answers. */
  'order.paid': defineEvent({
    type: 'order.paid',
    data: paidOrderSchema,
    subject: (order) => `order/${order.id}`,
    key: (order) => `order:${order.id}`,
    tags: paidOrderTags,
    audiences: [
      { channel: (order) => channels.user(order.userId), fields: buyersFields },
      { channel: () => channels.adminWith('orders:read'), fields: everyField },
    ],
  }),
  'order.fulfilled': orderEvent('order.fulfilled'),
  /** Before it had devices. What was paid for it goes back: `order.refunded` follows. */
  'order.cancelled': orderEvent('order.cancelled'),
  /** Not paid, no devices, or not in time: whoever holds some for it releases them. */
  'order.failed': orderEvent('order.failed'),
  /** The money is back on the balance: whoever holds devices for it releases them. */
  'order.refunded': orderEvent('order.refunded', paidOrderTags),
  'order.refund_requested': refundEvent('order.refund_requested'),
  /** `order.refunded` is of the same moment. */
  'order.refund_approved': refundEvent('order.refund_approved'),
  'order.refund_rejected': refundEvent('order.refund_rejected'),
} as const;
