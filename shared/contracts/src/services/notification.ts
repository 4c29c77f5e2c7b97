import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idListSchema, idSchema, pageOf, pageQuery, timeSchema } from '../values.ts';

export const notificationSchema = z.object({
  id: idSchema,
  userId: idSchema,
  /** The template's code, e.g. `billing.low_balance`. */
  type: z.string(),
  title: z.string(),
  body: z.string(),
  batchId: idSchema.nullable(),
  readAt: timeSchema.nullable(),
  createdAt: timeSchema,
});
export type Notification = z.infer<typeof notificationSchema>;

export const channelKindSchema = z.enum(['email', 'sms', 'push', 'websocket']);
export type ChannelKind = z.infer<typeof channelKindSchema>;

const templateCodeSchema = z
  .string()
  .max(100)
  .regex(/^[a-z][a-z_]*(\.[a-z][a-z_]*)+$/, {
    message: 'a template code reads like billing.low_balance',
  });

export const templateTextSchema = z.strictObject({
  title: z.string().min(1).max(300),
  body: z.string().min(1).max(10_000),
  emailHtml: z.string().max(100_000).optional(),
  smsText: z.string().max(1_000).optional(),
});
export type TemplateText = z.infer<typeof templateTextSchema>;

export const templateVariableSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9]*$/),
  type: z.enum(['string', 'number', 'date', 'boolean']),
  isRequired: z.boolean(),
});

export const templateSchema = z.object({
  id: idSchema,
  code: templateCodeSchema,
  name: z.string(),
  isActive: z.boolean(),
  variables: z.array(templateVariableSchema),
  /** By locale: `en`, `zh-CN`. */
  texts: z.record(z.string(), templateTextSchema),
  version: z.int(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
});
export type Template = z.infer<typeof templateSchema>;

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
  channels: z.partialRecord(channelKindSchema, countsSchema),
  createdAt: timeSchema,
  startedAt: timeSchema.nullable(),
  completedAt: timeSchema.nullable(),
});
export type CampaignProgress = z.infer<typeof campaignProgressSchema>;

/** What `campaign:<batchId>` watchers get: the progress with a number that only rises. */
export const campaignSnapshotSchema = campaignProgressSchema.extend({ number: z.int() });

export const bulkRequestSchema = z
  .strictObject({
    name: z.string().max(200).optional(),
    audience: z.strictObject({ userIds: z.array(idSchema).min(1).max(100_000) }).optional(),
    /** Short form of `audience.userIds`. */
    userIds: z.array(idSchema).min(1).max(100_000).optional(),
    templateCode: templateCodeSchema,
    data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
    channels: z.array(channelKindSchema).min(1).default(['websocket']),
    priority: z.enum(['urgent', 'high', 'normal', 'low']).default('normal'),
  })
  .refine((body) => (body.audience === undefined) !== (body.userIds === undefined), {
    message: 'give either audience or userIds',
    path: ['audience'],
  });
export type BulkRequest = z.infer<typeof bulkRequestSchema>;

export const bulkAcceptedSchema = z.object({
  batchId: idSchema,
  totalUsers: z.int().nullable(),
  status: campaignStatusSchema,
  createdAt: timeSchema,
});

/** What a stand-in for a provider kept instead of sending it (demo mode). */
export const capturedMessageSchema = z.object({
  id: idSchema,
  channel: channelKindSchema,
  address: z.string(),
  title: z.string(),
  body: z.string(),
  html: z.string().nullable(),
  userId: idSchema,
  batchId: idSchema.nullable(),
  capturedAt: timeSchema,
});

const batchParams = z.strictObject({ batchId: idSchema });
const userParams = z.strictObject({ userId: idSchema });
const templateInput = {
  name: z.string().min(1).max(200),
  variables: z.array(templateVariableSchema).max(50),
  texts: z.partialRecord(z.enum(['en', 'zh-CN']), templateTextSchema),
} as const;

/** What the notification service answers. */
export const notificationCalls = {
  listNotifications: defineCall({
    service: 'notification',
    name: 'listNotifications',
    method: 'GET',
    path: '/users/:userId/notifications',
    params: userParams,
    query: z.strictObject({ ...pageQuery, ids: idListSchema.optional() }),
    answer: pageOf(notificationSchema),
    knownTags: ({ params }) => [tags.notificationsOf(params.userId)],
  }),
  getUnreadCount: defineCall({
    service: 'notification',
    name: 'getUnreadCount',
    method: 'GET',
    path: '/users/:userId/notifications/unread-count',
    params: userParams,
    answer: z.object({ unread: z.int() }),
    knownTags: ({ params }) => [tags.notificationsOf(params.userId)],
  }),
  readNotification: defineCall({
    service: 'notification',
    name: 'readNotification',
    method: 'POST',
    path: '/users/:userId/notifications/:notificationId/read',
    params: z.strictObject({ userId: idSchema, notificationId: idSchema }),
    answer: notificationSchema,
  }),
  listTemplates: defineCall({
    service: 'notification',
    name: 'listTemplates',
    method: 'GET',
    path: '/templates',
    query: z.strictObject({ ...pageQuery, ids: idListSchema.optional() }),
    answer: pageOf(templateSchema),
    knownTags: () => [tags.templates()],
  }),
  getTemplateByCode: defineCall({
    service: 'notification',
    name: 'getTemplateByCode',
    method: 'GET',
    path: '/templates/by-code/:code',
    params: z.strictObject({ code: templateCodeSchema }),
    answer: templateSchema,
    knownTags: ({ params }) => [tags.template(params.code)],
  }),
  createTemplate: defineCall({
    service: 'notification',
    name: 'createTemplate',
    method: 'POST',
    path: '/templates',
    body: z.strictObject({ code: templateCodeSchema, ...templateInput }),
    answer: templateSchema,
    status: 201,
  }),
  /** A new version; campaigns that began keep theirs. */
  updateTemplate: defineCall({
    service: 'notification',
    name: 'updateTemplate',
    method: 'PUT',
    path: '/templates/:templateId',
    params: z.strictObject({ templateId: idSchema }),
    body: z.strictObject(templateInput),
    answer: templateSchema,
  }),
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
  /** Campaigns that are being prepared, sent or paused. Changes with campaign events only. */
  getRunningCampaignCount: defineCall({
    service: 'notification',
    name: 'getRunningCampaignCount',
    method: 'GET',
    path: '/running-campaign-count',
    answer: z.object({ running: z.int() }),
    knownTags: () => [tags.campaigns()],
  }),
  /** The newest first; not found outside demo mode. */
  listCapturedMessages: defineCall({
    service: 'notification',
    name: 'listCapturedMessages',
    method: 'GET',
    path: '/captured-messages',
    query: z.strictObject({ ...pageQuery, batchId: idSchema.optional() }),
    answer: pageOf(capturedMessageSchema),
  }),
} as const;
