import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';

/** How many devices a person may rent, how many they have, and until when that holds. */
export const quotaSchema = z.object({
  userId: idSchema,
  devicesLimit: z.int(),
  devicesUsed: z.int(),
  validUntil: timeSchema,
  version: z.int(),
});
export type Quota = z.infer<typeof quotaSchema>;

const quotaParams = z.strictObject({ userId: idSchema });
const amountSchema = z.int().min(1).max(10_000);

/** What the user service answers of quotas. */
export const quotaCalls = {
  getQuota: defineCall({
    service: 'user',
    name: 'getQuota',
    method: 'GET',
    path: '/quotas/:userId',
    params: quotaParams,
    answer: quotaSchema,
    knownTags: ({ params }) => [tags.quota(params.userId)],
  }),
  /** Sets the limit; makes the quota of a person who has none. `If-Match` names the version read. */
  setQuota: defineCall({
    service: 'user',
    name: 'setQuota',
    method: 'PUT',
    path: '/quotas/:userId',
    params: quotaParams,
    body: z.strictObject({
      devicesLimit: z.int().min(0).max(100_000),
      /** As it was unless given. */
      validUntil: timeSchema.optional(),
    }),
    answer: quotaSchema,
  }),
  /** From its end or from now, whichever is later. */
  renewQuota: defineCall({
    service: 'user',
    name: 'renewQuota',
    method: 'POST',
    path: '/quotas/:userId/renew',
    params: quotaParams,
    body: z.strictObject({ extensionDays: z.int().min(1).max(3_650).default(30) }),
    answer: quotaSchema,
  }),
  /** Refused (quota_exceeded) as a whole when it would go beyond the limit. */
  deductQuota: defineCall({
    service: 'user',
    name: 'deductQuota',
    method: 'POST',
    path: '/quotas/:userId/deduct',
    params: quotaParams,
    body: z.strictObject({ amount: amountSchema }),
    answer: quotaSchema,
  }),
  /** Gives back what was deducted; never below nothing in use. */
  restoreQuota: defineCall({
    service: 'user',
    name: 'restoreQuota',
    method: 'POST',
    path: '/quotas/:userId/restore',
    params: quotaParams,
    body: z.strictObject({ amount: amountSchema }),
    answer: quotaSchema,
  }),
} as const;
