import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idSchema, pageOf, pageQuery, timeSchema } from '../values.ts';

export const channelKindSchema = z.enum(['email', 'sms', 'push', 'websocket']);
export type ChannelKind = z.infer<typeof channelKindSchema>;

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
  /** Where its recipient ends such messages; null for those that cannot be ended. */
  unsubscribeUrl: z.string().nullable(),
  capturedAt: timeSchema,
});

/** An address that a provider refused for good: nothing is sent there until it is taken off. */
export const suppressionSchema = z.object({
  id: idSchema,
  channel: channelKindSchema,
  address: z.string(),
  userId: idSchema.nullable(),
  code: z.string(),
  detail: z.string(),
  createdAt: timeSchema,
});
export type Suppression = z.infer<typeof suppressionSchema>;

/** What a browser's push manager gives (Push API). */
const pushSubscriptionSchema = z.strictObject({
  endpoint: z.url().max(1_000),
  /** base64url: an uncompressed point on P-256 (65 bytes) and 16 bytes. */
  keys: z.strictObject({
    p256dh: z.string().regex(/^[A-Za-z0-9_-]{87}=?$/, { message: 'is no key of 65 bytes' }),
    auth: z.string().regex(/^[A-Za-z0-9_-]{22}(==)?$/, { message: 'is no secret of 16 bytes' }),
  }),
  expirationTime: z.number().nullable().optional(),
});

const userParams = z.strictObject({ userId: idSchema });

/** What the notification service answers of the channels that messages leave by. */
export const deliveryChannelCalls = {
  /** The newest first; not found outside demo mode. */
  listCapturedMessages: defineCall({
    service: 'notification',
    name: 'listCapturedMessages',
    method: 'GET',
    path: '/captured-messages',
    query: z.strictObject({ ...pageQuery, batchId: idSchema.optional() }),
    answer: pageOf(capturedMessageSchema),
  }),
  /** The newest first. */
  listSuppressions: defineCall({
    service: 'notification',
    name: 'listSuppressions',
    method: 'GET',
    path: '/suppressions',
    query: z.strictObject({ ...pageQuery, channel: channelKindSchema.optional() }),
    answer: pageOf(suppressionSchema),
    knownTags: () => [tags.suppressions()],
  }),
  removeSuppression: defineCall({
    service: 'notification',
    name: 'removeSuppression',
    method: 'DELETE',
    path: '/suppressions/:suppressionId',
    params: z.strictObject({ suppressionId: idSchema }),
    answer: suppressionSchema,
  }),
  /** The key that browsers subscribe with (VAPID, RFC 8292); null when push is only captured. */
  getPushKey: defineCall({
    service: 'notification',
    name: 'getPushKey',
    method: 'GET',
    path: '/push-key',
    answer: z.object({ publicKey: z.string().nullable() }),
  }),
  /** A browser of the person's; one that was somebody else's is now theirs. */
  createPushSubscription: defineCall({
    service: 'notification',
    name: 'createPushSubscription',
    method: 'POST',
    path: '/users/:userId/push-subscriptions',
    params: userParams,
    body: pushSubscriptionSchema,
    answer: z.object({ id: idSchema }),
    status: 201,
  }),
  /** Without an id: all of the person's. */
  deletePushSubscriptions: defineCall({
    service: 'notification',
    name: 'deletePushSubscriptions',
    method: 'DELETE',
    path: '/users/:userId/push-subscriptions',
    params: userParams,
    query: z.strictObject({ id: idSchema.optional() }),
    answer: z.object({ deleted: z.int() }),
  }),
} as const;
