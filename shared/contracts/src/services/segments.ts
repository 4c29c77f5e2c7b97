import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idSchema, pageOf, pageQuery, timeSchema } from '../values.ts';
import { personStatusSchema, roleSchema } from './user.ts';

const daysSchema = z.int().min(1).max(3_650);

/** Who is meant, in words that the owning services understand: everybody who fits all of them. */
export const segmentDefinitionSchema = z
  .strictObject({
    status: personStatusSchema.optional(),
    /** Any of these. */
    roles: z.array(roleSchema).min(1).max(10).optional(),
    tenantId: z.string().min(1).max(80).optional(),
    /** Minor units; among people who ever paid in. */
    balanceBelow: z.int().optional(),
    /** Owns a device whose rent ends within so many days. */
    devicesExpiringWithinDays: daysSchema.optional(),
    hasRunningDevice: z.boolean().optional(),
    /** Was here (logged in, or renewed a log-in) within so many days. */
    seenWithinDays: daysSchema.optional(),
    notSeenForDays: daysSchema.optional(),
  })
  .refine((definition) => Object.values(definition).some((value) => value !== undefined), {
    message: 'name at least one condition',
  });
export type SegmentDefinition = z.infer<typeof segmentDefinitionSchema>;

export const segmentSchema = z.object({
  id: idSchema,
  name: z.string(),
  definition: segmentDefinitionSchema,
  version: z.int(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
});
export type Segment = z.infer<typeof segmentSchema>;

const segmentParams = z.strictObject({ segmentId: idSchema });
const segmentInput = z.strictObject({
  name: z.string().trim().min(1).max(200),
  definition: segmentDefinitionSchema,
});

/** What the notification service answers of segments. */
export const segmentCalls = {
  listSegments: defineCall({
    service: 'notification',
    name: 'listSegments',
    method: 'GET',
    path: '/notifications/segments',
    query: z.strictObject(pageQuery),
    answer: pageOf(segmentSchema),
    knownTags: () => [tags.segments()],
  }),
  createSegment: defineCall({
    service: 'notification',
    name: 'createSegment',
    method: 'POST',
    path: '/notifications/segments',
    body: segmentInput,
    answer: segmentSchema,
    status: 201,
  }),
  getSegment: defineCall({
    service: 'notification',
    name: 'getSegment',
    method: 'GET',
    path: '/notifications/segments/:segmentId',
    params: segmentParams,
    answer: segmentSchema,
    knownTags: ({ params }) => [tags.segment(params.segmentId)],
  }),
  updateSegment: defineCall({
    service: 'notification',
    name: 'updateSegment',
    method: 'PUT',
    path: '/notifications/segments/:segmentId',
    params: segmentParams,
    body: segmentInput,
    answer: segmentSchema,
  }),
  deleteSegment: defineCall({
    service: 'notification',
    name: 'deleteSegment',
    method: 'DELETE',
    path: '/notifications/segments/:segmentId',
    params: segmentParams,
    answer: segmentSchema,
  }),
  /** How many fit at this moment; `isAtLeast` when counting stopped early. */
  previewSegment: defineCall({
    service: 'notification',
    name: 'previewSegment',
    method: 'POST',
    path: '/notifications/segments/preview',
    body: z.strictObject({ definition: segmentDefinitionSchema }),
    answer: z.object({ count: z.int(), isAtLeast: z.boolean(), sample: z.array(idSchema) }),
  }),
} as const;
