import * as z from 'zod';
import { idSchema } from '../values.ts';
import { channelKindSchema } from './delivery-channels.ts';
import { segmentDefinitionSchema } from './segments.ts';

const userIdsSchema = z.array(idSchema).max(100_000);

/** Exactly one of these. */
export const audienceSchema = z.strictObject({
  userIds: userIdsSchema.optional(),
  /** An upload's id. */
  csv: idSchema.optional(),
  segment: segmentDefinitionSchema.optional(),
  /** A segment's id. */
  savedSegment: idSchema.optional(),
});
export type AudienceRequest = z.infer<typeof audienceSchema>;

/**
 * What is sent and to whom. Members whose wrong values the service names together with everything
 * else that is wrong (an unknown template, an unknown channel) are plain texts here.
 */
export const campaignContentShape = {
  name: z.string().max(200).optional(),
  audience: audienceSchema.optional(),
  /** Short form of `audience.userIds`. */
  userIds: userIdsSchema.optional(),
  templateCode: z.string().max(100),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  channels: z
    .array(z.string().max(40).meta({ enum: channelKindSchema.options }))
    .max(20)
    .default(['websocket']),
  priority: z.enum(['urgent', 'high', 'normal', 'low']).default('normal'),
  /** People a second, at most. */
  rate: z.int().min(1).max(100_000).optional(),
  /** Everything but the sending: who would be skipped, and why; what cannot be rendered. */
  dryRun: z.boolean().default(false),
} as const;

interface Content {
  readonly audience?: AudienceRequest | undefined;
  readonly userIds?: readonly string[] | undefined;
}

/** The audience in its long form; undefined unless exactly one is named. */
export function audienceOf({ audience, userIds }: Content): AudienceRequest | undefined {
  const named = Object.entries({ ...audience }).filter(([, value]) => value !== undefined);
  if (userIds !== undefined) {
    return audience === undefined ? { userIds: [...userIds] } : undefined;
  }
  return named.length === 1 ? audience : undefined;
}

export function checkContent<Schema extends z.ZodType<Content>>(schema: Schema): Schema {
  return schema.refine((body) => audienceOf(body) !== undefined, {
    message: 'name one audience: userIds, csv, segment or savedSegment',
    path: ['audience'],
  });
}

/**
 * When it begins. Times are wall clock of the zone (`2026-03-01T09:00`), not instants. In an hour
 * that a zone leaves out, the first moment after it is meant; in one that it repeats, the first.
 */
export const campaignScheduleSchema = z.union([
  z.literal('now'),
  z
    .strictObject({
      at: z.string().max(20).optional(),
      timeZone: z.string().max(60).optional(),
      /** Five fields; each occurrence becomes a batch of its own. */
      cron: z.string().max(100).optional(),
      until: z.string().max(20).optional(),
      missed: z.enum(['skip', 'run_once']).optional(),
      /** `09:00` of each recipient's own zone, on `date`. */
      localTime: z.string().max(5).optional(),
      date: z.string().max(10).optional(),
    })
    .refine(
      ({ at, cron, localTime }) =>
        [at, cron, localTime].filter((member) => member !== undefined).length === 1,
      { message: 'give one of at, cron and localTime' },
    ),
]);
export type CampaignSchedule = z.infer<typeof campaignScheduleSchema>;

export const bulkRequestSchema = checkContent(
  z.strictObject({ ...campaignContentShape, schedule: campaignScheduleSchema.default('now') }),
);
export type BulkRequest = z.infer<typeof bulkRequestSchema>;
