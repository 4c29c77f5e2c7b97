import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idListSchema, idSchema, moneySchema, pageOf, pageQuery, timeSchema } from '../values.ts';

export const planSchema = z.object({
  id: idSchema,
  code: z.string(),
  name: z.string(),
  price: moneySchema,
  durationDays: z.int(),
  isRetired: z.boolean(),
  version: z.int(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
});
export type Plan = z.infer<typeof planSchema>;

export const orderStatusSchema = z.enum(['created', 'paid', 'fulfilled', 'cancelled', 'refunded']);
export type OrderStatus = z.infer<typeof orderStatusSchema>;

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
  deviceId: idSchema.nullable(),
  version: z.int(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
});
export type Order = z.infer<typeof orderSchema>;

/** One step of an order's append-only history. */
const orderStepSchema = z.object({ status: orderStatusSchema, at: timeSchema });
export const orderWithTimelineSchema = orderSchema.extend({ timeline: z.array(orderStepSchema) });

export const balanceSchema = z.object({
  userId: idSchema,
  balance: moneySchema,
  version: z.int(),
});
export type Balance = z.infer<typeof balanceSchema>;

/** Metered use of the calendar month (UTC) that holds the moment of asking. */
export const usageSchema = z.object({
  periodStart: timeSchema,
  periodEnd: timeSchema,
  minutes: z.int(),
  cost: moneySchema,
});
export type Usage = z.infer<typeof usageSchema>;

const userParams = z.strictObject({ userId: idSchema });

/** What the billing service answers. */
export const billingCalls = {
  listPlans: defineCall({
    service: 'billing',
    name: 'listPlans',
    method: 'GET',
    path: '/plans',
    query: z.strictObject({ ...pageQuery, ids: idListSchema.optional() }),
    answer: pageOf(planSchema),
    knownTags: ({ query }) => (query.ids ? query.ids.map(tags.plan) : [tags.plans()]),
  }),
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
    params: z.strictObject({ orderId: idSchema }),
    answer: orderWithTimelineSchema,
    knownTags: ({ params }) => [tags.order(params.orderId)],
  }),
  /** A new order, unpaid. 422 for an unknown or retired plan. */
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
  cancelOrder: defineCall({
    service: 'billing',
    name: 'cancelOrder',
    method: 'POST',
    path: '/orders/:orderId/cancel',
    params: z.strictObject({ orderId: idSchema }),
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
  getBalance: defineCall({
    service: 'billing',
    name: 'getBalance',
    method: 'GET',
    path: '/balances/:userId',
    params: userParams,
    answer: balanceSchema,
    knownTags: ({ params }) => [tags.balance(params.userId)],
  }),
  /** How many people are below the threshold (minor units). */
  getLowBalanceCount: defineCall({
    service: 'billing',
    name: 'getLowBalanceCount',
    method: 'GET',
    path: '/low-balance-count',
    query: z.strictObject({ below: z.coerce.number().int().default(1000) }),
    answer: z.object({ below: z.int(), count: z.int() }),
    knownTags: () => [tags.balances()],
  }),
  /** Adds a payment to a person's balance through the (simulated) payment provider. */
  topUp: defineCall({
    service: 'billing',
    name: 'topUp',
    method: 'POST',
    path: '/balances/:userId/top-ups',
    params: userParams,
    body: z.strictObject({ amount: z.int().min(1).max(100_000_000) }),
    answer: balanceSchema,
    status: 201,
  }),
  getDeviceUsage: defineCall({
    service: 'billing',
    name: 'getDeviceUsage',
    method: 'GET',
    path: '/devices/:deviceId/usage',
    params: z.strictObject({ deviceId: idSchema }),
    answer: usageSchema,
    knownTags: ({ params }) => [tags.usageOfDevice(params.deviceId)],
  }),
  getUserUsage: defineCall({
    service: 'billing',
    name: 'getUserUsage',
    method: 'GET',
    path: '/users/:userId/usage',
    params: userParams,
    answer: usageSchema,
    knownTags: ({ params }) => [tags.usageOfUser(params.userId)],
  }),
} as const;
