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

const planName = z.string().trim().min(1).max(80);
/** The platform bills in one currency. */
const planPrice = z.strictObject({
  amount: z.int().min(0).max(100_000_000),
  currency: z.literal('CNY'),
});
const planDuration = z.int().min(1).max(3_650);

const planParams = z.strictObject({ planId: idSchema });

/** What the billing service answers of plans. Orders keep the terms under which they were placed. */
export const planCalls = {
  listPlans: defineCall({
    service: 'billing',
    name: 'listPlans',
    method: 'GET',
    path: '/plans',
    query: z.strictObject({ ...pageQuery, ids: idListSchema.optional() }),
    answer: pageOf(planSchema),
    knownTags: ({ query }) => (query.ids ? query.ids.map(tags.plan) : [tags.plans()]),
  }),
  /** 409 already_exists when the code is taken. */
  createPlan: defineCall({
    service: 'billing',
    name: 'createPlan',
    method: 'POST',
    path: '/plans',
    body: z.strictObject({
      code: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, {
        message: 'lower-case letters and digits, in parts joined by hyphens',
      }),
      name: planName,
      price: planPrice,
      durationDays: planDuration,
    }),
    answer: planSchema,
    status: 201,
  }),
  /** `If-Match` names the version that was read. A retired plan can be put on sale again. */
  updatePlan: defineCall({
    service: 'billing',
    name: 'updatePlan',
    method: 'PATCH',
    path: '/plans/:planId',
    params: planParams,
    body: z
      .strictObject({
        name: planName.optional(),
        price: planPrice.optional(),
        durationDays: planDuration.optional(),
        isRetired: z.boolean().optional(),
      })
      .refine((changes) => Object.keys(changes).length > 0, {
        message: 'name at least one change',
      }),
    answer: planSchema,
  }),
} as const;
