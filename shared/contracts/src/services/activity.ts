import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { idSchema } from '../values.ts';

/** Who has been here lately, as far as log-ins, refreshed log-ins and the BFFs tell: to a minute. */
export const activityCalls = {
  /** The latest first. True at the moment of the answer only: no event tells of it. */
  listActiveUsers: defineCall({
    service: 'user',
    name: 'listActiveUsers',
    method: 'GET',
    path: '/active-users',
    query: z.strictObject({
      withinMinutes: z.coerce.number().int().min(1).max(10_080).default(15),
      limit: z.coerce.number().int().min(1).max(10_000).default(100),
    }),
    answer: z.object({
      userIds: z.array(idSchema),
      /** The same, each with what a view of their own is kept under. */
      people: z.array(
        z.object({ userId: idSchema, tenantId: z.string(), permissionVersion: z.int() }),
      ),
    }),
  }),
  /** What a BFF has seen since it last said so. */
  noteActivity: defineCall({
    service: 'user',
    name: 'noteActivity',
    method: 'POST',
    path: '/activity',
    body: z.strictObject({ userIds: z.array(idSchema).min(1).max(1_000) }),
    answer: z.object({ noted: z.int() }),
  }),
} as const;
