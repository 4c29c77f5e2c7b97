import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idSchema, moneySchema, pageOf, pageQuery, timeSchema } from '../values.ts';

const refundStatusSchema = z.enum(['requested', 'approved', 'rejected']);

/** The whole price of an order, asked back by one person and decided by another. */
export const refundSchema = z.object({
  id: idSchema,
  orderId: idSchema,
  userId: idSchema,
  planName: z.string(),
  amount: moneySchema,
  reason: z.string(),
  status: refundStatusSchema,
  requestedBy: idSchema,
  requestedAt: timeSchema,
  decidedBy: idSchema.nullable(),
  decidedAt: timeSchema.nullable(),
  version: z.int(),
});
export type Refund = z.infer<typeof refundSchema>;

const refundParams = z.strictObject({ refundId: idSchema });

/** What the billing service answers of refunds; who asks or decides is the caller. */
export const refundCalls = {
  /** The newest first. */
  listRefunds: defineCall({
    service: 'billing',
    name: 'listRefunds',
    method: 'GET',
    path: '/refunds',
    query: z.strictObject({
      ...pageQuery,
      status: refundStatusSchema.optional(),
      orderId: idSchema.optional(),
    }),
    answer: pageOf(refundSchema),
    knownTags: ({ query }) => [query.orderId ? tags.refundOf(query.orderId) : tags.refunds()],
  }),
  /** 409 unless the order is fulfilled, and while another request for it waits. */
  requestRefund: defineCall({
    service: 'billing',
    name: 'requestRefund',
    method: 'POST',
    path: '/refunds',
    body: z.strictObject({ orderId: idSchema, reason: z.string().trim().min(1).max(500) }),
    answer: refundSchema,
    status: 201,
  }),
  /** 403 second_person_needed for whoever asked for it. */
  approveRefund: defineCall({
    service: 'billing',
    name: 'approveRefund',
    method: 'POST',
    path: '/refunds/:refundId/approve',
    params: refundParams,
    answer: refundSchema,
  }),
  rejectRefund: defineCall({
    service: 'billing',
    name: 'rejectRefund',
    method: 'POST',
    path: '/refunds/:refundId/reject',
    params: refundParams,
    answer: refundSchema,
  }),
} as const;
