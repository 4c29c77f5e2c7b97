import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idSchema, moneySchema, pageOf, pageQuery, timeSchema } from '../values.ts';

export const balanceSchema = z.object({
  userId: idSchema,
  /** Below zero when use cost more than was there. */
  balance: moneySchema,
  version: z.int(),
});
export type Balance = z.infer<typeof balanceSchema>;

export const paymentMethodSchema = z.enum(['card', 'alipay', 'wechat_pay']);

export const paymentSchema = z.object({
  id: idSchema,
  userId: idSchema,
  amount: moneySchema,
  method: paymentMethodSchema,
  /** `pending`: the provider has not said yet whether the money was taken. It is asked again. */
  status: z.enum(['pending', 'succeeded', 'declined']),
  /** Who takes the money; `simulated` moves none. */
  provider: z.string(),
  createdAt: timeSchema,
  settledAt: timeSchema.nullable(),
});
export type Payment = z.infer<typeof paymentSchema>;

const userParams = z.strictObject({ userId: idSchema });

/** What the billing service answers of people's money. */
export const paymentCalls = {
  getBalance: defineCall({
    service: 'billing',
    name: 'getBalance',
    method: 'GET',
    path: '/balances/:userId',
    params: userParams,
    answer: balanceSchema,
    knownTags: ({ params }) => [tags.balance(params.userId)],
  }),
  /** How many people are below a threshold (minor units); the settings' own unless told. */
  getLowBalanceCount: defineCall({
    service: 'billing',
    name: 'getLowBalanceCount',
    method: 'GET',
    path: '/low-balance-count',
    query: z.strictObject({ below: z.coerce.number().int().optional() }),
    answer: z.object({ below: z.int(), count: z.int() }),
    knownTags: () => [tags.balances()],
  }),
  /**
   * Adds money to a person's balance. While the provider has not said, the payment is `pending`: it
   * is settled later, once. 402 payment_declined.
   */
  createPayment: defineCall({
    service: 'billing',
    name: 'createPayment',
    method: 'POST',
    path: '/users/:userId/payments',
    params: userParams,
    body: z.strictObject({
      amount: z.int().min(1).max(100_000_000),
      method: paymentMethodSchema,
    }),
    answer: paymentSchema,
    status: 201,
  }),
  /** The newest first. */
  listPayments: defineCall({
    service: 'billing',
    name: 'listPayments',
    method: 'GET',
    path: '/users/:userId/payments',
    params: userParams,
    query: z.strictObject(pageQuery),
    answer: pageOf(paymentSchema),
    knownTags: ({ params }) => [tags.paymentsOf(params.userId)],
  }),
} as const;
