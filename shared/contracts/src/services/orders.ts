import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idListSchema, idSchema, moneySchema, pageOf, pageQuery, timeSchema } from '../values.ts';

export const orderStatusSchema = z.enum([
  'created',
  'paid',
  'fulfilled',
  'cancelled',
  'failed',
  'refunded',
]);
export type OrderStatus = z.infer<typeof orderStatusSchema>;

/** Why an order failed: no money, no devices, or no devices in time. */
export const orderFailureSchema = z.enum([
  'balance_too_low',
  'no_capacity',
  'provider_error',
  'order_ended',
  'timed_out',
]);
export type OrderFailure = z.infer<typeof orderFailureSchema>;

/** The person's fields are copies, kept by `user.updated`. */
export const orderSchema = z.object({
  id: idSchema,
  userId: idSchema,
  userName: z.string(),
  userEmail: z.string(),
  tenantId: z.string(),
  planId: idSchema,
  planName: z.string(),
  quantity: z.int(),
  total: moneySchema,
  status: orderStatusSchema,
  /** The first of `deviceIds`. */
  deviceId: idSchema.nullable(),
  /** Empty until it is fulfilled. */
  deviceIds: z.array(idSchema).default([]),
  failure: orderFailureSchema.nullable().default(null),
  /** When what was rented ends; null until it is fulfilled. */
  expiresAt: timeSchema.nullable().default(null),
  version: z.int(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
});
export type Order = z.infer<typeof orderSchema>;

/** One step of an order's append-only history. */
const orderStepSchema = z.object({ status: orderStatusSchema, at: timeSchema });
export const orderWithTimelineSchema = orderSchema.extend({ timeline: z.array(orderStepSchema) });

const orderParams = z.strictObject({ orderId: idSchema });

/** What the billing service answers of orders. */
export const orderCalls = {
  listOrders: defineCall({
    service: 'billing',
    name: 'listOrders',
    method: 'GET',
    path: '/orders',
    query: z.strictObject({
      ...pageQuery,
      ids: idListSchema.optional(),
      userId: idSchema.optional(),
      status: orderStatusSchema.optional(),
      /** The key that it was asked for with. */
      idempotencyKey: z.string().min(1).max(200).optional(),
    }),
    answer: pageOf(orderSchema),
    knownTags: ({ query }) => {
      if (query.ids) return query.ids.map(tags.order);
      return [query.userId ? tags.ordersOf(query.userId) : tags.orders()];
    },
  }),
  getOrder: defineCall({
    service: 'billing',
    name: 'getOrder',
    method: 'GET',
    path: '/orders/:orderId',
    params: orderParams,
    answer: orderWithTimelineSchema,
    knownTags: ({ params }) => [tags.order(params.orderId)],
  }),
  /**
   * A new order, charged to the balance at once: its devices are on their way when it is `paid`. 402
   * balance_too_low when the balance does not cover it; 422 for an unknown or retired plan.
   */
  createOrder: defineCall({
    service: 'billing',
    name: 'createOrder',
    method: 'POST',
    path: '/orders',
    body: z.strictObject({
      userId: idSchema,
      userName: z.string().max(80),
      userEmail: z.email().max(200),
      tenantId: z.string().max(80),
      planId: idSchema,
      quantity: z.int().min(1).max(100),
    }),
    answer: orderSchema,
    status: 201,
  }),
  /** Ends an order that has no devices yet; what was paid goes back. 409 once it has them. */
  cancelOrder: defineCall({
    service: 'billing',
    name: 'cancelOrder',
    method: 'POST',
    path: '/orders/:orderId/cancel',
    params: orderParams,
    answer: orderSchema,
  }),
  getOrderCounts: defineCall({
    service: 'billing',
    name: 'getOrderCounts',
    method: 'GET',
    path: '/order-counts',
    answer: z.object({
      total: z.int(),
      byStatus: z.record(orderStatusSchema, z.int()),
      /** Paid and not refunded, by when it was paid: today (UTC), the last 7 and 30 days. */
      revenue: z.object({ today: moneySchema, last7Days: moneySchema, last30Days: moneySchema }),
    }),
    knownTags: () => [tags.orders()],
  }),
} as const;
