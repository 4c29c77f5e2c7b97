import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idSchema, pageOf, pageQuery, timeSchema } from '../values.ts';
import {
  bulkRequestSchema,
  campaignContentShape,
  campaignScheduleSchema,
} from './campaign-request.ts';
import { channelKindSchema } from './delivery-channels.ts';

export const campaignStatusSchema = z.enum([
  'scheduled',
  'awaiting_approval',
  'preparing',
  'processing',
  'paused',
  'completed',
  'cancelled',
  'failed',
]);
export type CampaignStatus = z.infer<typeof campaignStatusSchema>;

const countsSchema = z.object({
  success: z.int(),
  failure: z.int(),
  skipped: z.int(),
  unknown: z.int(),
  cancelled: z.int(),
});

/** The counters add up at every instant: `processedUsers` is the sum of the five that follow it. */
export const campaignProgressSchema = z.object({
  batchId: idSchema,
  name: z.string().nullable(),
  status: campaignStatusSchema,
  totalUsers: z.int().nullable(),
  processedUsers: z.int(),
  successCount: z.int(),
  failureCount: z.int(),
  skippedCount: z.int(),
  unknownCount: z.int(),
  cancelledCount: z.int(),
  /** 0 to 100, one decimal. */
  progress: z.number(),
  /** For people: `2 minutes`; null when it cannot be said. */
  estimatedTimeRemaining: z.string().nullable(),
  etaSeconds: z.object({ low: z.int(), high: z.int() }).nullable(),
  /** What holds it back at the moment: its own `rate`, or why it paused itself. */
  limitedBy: z.string().nullable(),
  channels: z.partialRecord(channelKindSchema, countsSchema),
  isDryRun: z.boolean(),
  /** When it begins, or was to begin; null for at once. */
  scheduledFor: timeSchema.nullable(),
  scheduleId: idSchema.nullable(),
  createdBy: idSchema,
  /** What an approval is of; null until the audience is frozen. */
  contentHash: z.string().nullable(),
  approvedBy: idSchema.nullable(),
  /** Why it failed; null otherwise. */
  failure: z.string().nullable(),
  createdAt: timeSchema,
  startedAt: timeSchema.nullable(),
  completedAt: timeSchema.nullable(),
});
export type CampaignProgress = z.infer<typeof campaignProgressSchema>;

/** What `campaign:<batchId>` watchers get: the progress with a number that only rises. */
export const campaignSnapshotSchema = campaignProgressSchema.extend({ number: z.int() });

export const bulkAcceptedSchema = z.object({
  batchId: idSchema,
  /** Null until the audience is frozen. */
  totalUsers: z.int().nullable(),
  status: campaignStatusSchema,
  createdAt: timeSchema,
  /** Of a campaign that comes round: its schedule, and its next five beginnings at most. */
  scheduleId: idSchema.optional(),
  nextRuns: z.array(z.object({ local: z.string(), at: timeSchema, batchId: idSchema })).optional(),
});

export const recipientStatusSchema = z.enum([
  'pending',
  'sent',
  'failed',
  'skipped',
  'unknown',
  'cancelled',
]);
export type RecipientStatus = z.infer<typeof recipientStatusSchema>;

/** One person in one channel of a campaign. `code` and `detail` say why, unless simply sent. */
export const recipientSchema = z.object({
  userId: idSchema,
  channel: channelKindSchema,
  status: recipientStatusSchema,
  attempts: z.int(),
  code: z.string().nullable(),
  detail: z.string().nullable(),
  at: timeSchema.nullable(),
});
export type CampaignRecipient = z.infer<typeof recipientSchema>;

const countByCode = z.array(
  z.object({ channel: channelKindSchema, code: z.string(), count: z.int() }),
);

/** What a campaign came to so far. */
export const campaignReportSchema = z.object({
  batchId: idSchema,
  status: campaignStatusSchema,
  isDryRun: z.boolean(),
  totalUsers: z.int().nullable(),
  sent: z.int(),
  failed: countByCode,
  skipped: countByCode,
  unknown: countByCode,
  channels: z.partialRecord(channelKindSchema, countsSchema),
  /** People finished, and those reached, by the end of each minute in which something changed. */
  overTime: z.array(z.object({ at: timeSchema, processed: z.int(), sent: z.int() })),
  /** Of a dry run: when the real one would end if it began as this one did. */
  projectedEndAt: timeSchema.nullable(),
});
export type CampaignReport = z.infer<typeof campaignReportSchema>;

/** Which of the recipients are meant; all of them without members. */
const problemFilterBody = z.strictObject({
  filter: z
    .strictObject({ channel: channelKindSchema.optional(), code: z.string().max(100).optional() })
    .default({}),
});

/** Where chunks of campaigns wait to be sent. */
export const CAMPAIGN_QUEUES = { urgent: 'campaign-urgent', shared: 'campaign' } as const;

const batchParams = z.strictObject({ batchId: idSchema });

/** At least one; what is left out stays. */
const campaignChangesSchema = z
  .strictObject({
    name: z.string().max(200).optional(),
    data: campaignContentShape.data.unwrap().optional(),
    priority: campaignContentShape.priority.unwrap().optional(),
    rate: z.int().min(1).max(100_000).optional(),
    schedule: campaignScheduleSchema.optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, { message: 'name at least one change' });

/** What the notification service answers of campaigns. */
export const campaignCalls = {
  /** Takes `Idempotency-Key`; 202 with the batch. */
  createCampaign: defineCall({
    service: 'notification',
    name: 'createCampaign',
    method: 'POST',
    path: '/notifications/bulk',
    body: bulkRequestSchema,
    answer: bulkAcceptedSchema,
    status: 202,
  }),
  listCampaigns: defineCall({
    service: 'notification',
    name: 'listCampaigns',
    method: 'GET',
    path: '/notifications/bulk',
    query: z.strictObject({ ...pageQuery, status: campaignStatusSchema.optional() }),
    answer: pageOf(campaignProgressSchema),
  }),
  getCampaign: defineCall({
    service: 'notification',
    name: 'getCampaign',
    method: 'GET',
    path: '/notifications/bulk/:batchId',
    params: batchParams,
    answer: campaignProgressSchema,
  }),
  /** Before it begins only; an approval given before is void. */
  updateCampaign: defineCall({
    service: 'notification',
    name: 'updateCampaign',
    method: 'PATCH',
    path: '/notifications/bulk/:batchId',
    params: batchParams,
    body: campaignChangesSchema,
    answer: campaignProgressSchema,
  }),
  /** Never by whoever created it. 409 when the content is no longer what `contentHash` names. */
  approveCampaign: defineCall({
    service: 'notification',
    name: 'approveCampaign',
    method: 'POST',
    path: '/notifications/bulk/:batchId/approve',
    params: batchParams,
    body: z.strictObject({ contentHash: z.string().max(100) }),
    answer: campaignProgressSchema,
  }),
  pauseCampaign: defineCall({
    service: 'notification',
    name: 'pauseCampaign',
    method: 'POST',
    path: '/notifications/bulk/:batchId/pause',
    params: batchParams,
    answer: campaignProgressSchema,
  }),
  resumeCampaign: defineCall({
    service: 'notification',
    name: 'resumeCampaign',
    method: 'POST',
    path: '/notifications/bulk/:batchId/resume',
    params: batchParams,
    answer: campaignProgressSchema,
  }),
  cancelCampaign: defineCall({
    service: 'notification',
    name: 'cancelCampaign',
    method: 'POST',
    path: '/notifications/bulk/:batchId/cancel',
    params: batchParams,
    answer: campaignProgressSchema,
  }),
  /** In the order of the frozen audience, channel by channel. */
  listRecipients: defineCall({
    service: 'notification',
    name: 'listRecipients',
    method: 'GET',
    path: '/notifications/bulk/:batchId/recipients',
    params: batchParams,
    query: z.strictObject({
      ...pageQuery,
      status: recipientStatusSchema.optional(),
      channel: channelKindSchema.optional(),
    }),
    answer: pageOf(recipientSchema),
  }),
  getCampaignReport: defineCall({
    service: 'notification',
    name: 'getCampaignReport',
    method: 'GET',
    path: '/notifications/bulk/:batchId/report',
    params: batchParams,
    answer: campaignReportSchema,
  }),
  /** Sends to recipients that failed once more: a new round. */
  replayFailedRecipients: defineCall({
    service: 'notification',
    name: 'replayFailedRecipients',
    method: 'POST',
    path: '/notifications/bulk/:batchId/dead-letters/replay',
    params: batchParams,
    body: problemFilterBody,
    answer: campaignProgressSchema,
    status: 202,
  }),
  /** Sends again to recipients of whom nobody knows: some may get a second message. */
  resendUnknown: defineCall({
    service: 'notification',
    name: 'resendUnknown',
    method: 'POST',
    path: '/notifications/bulk/:batchId/unknown/resend',
    params: batchParams,
    body: problemFilterBody,
    answer: campaignProgressSchema,
    status: 202,
  }),
  /** Counts them as sent to. */
  acceptUnknown: defineCall({
    service: 'notification',
    name: 'acceptUnknown',
    method: 'POST',
    path: '/notifications/bulk/:batchId/unknown/accept',
    params: batchParams,
    body: problemFilterBody,
    answer: campaignProgressSchema,
  }),
  /** Campaigns that are being prepared, sent or paused. Changes with campaign events only. */
  getRunningCampaignCount: defineCall({
    service: 'notification',
    name: 'getRunningCampaignCount',
    method: 'GET',
    path: '/running-campaign-count',
    answer: z.object({ running: z.int() }),
    knownTags: () => [tags.campaigns()],
  }),
} as const;
