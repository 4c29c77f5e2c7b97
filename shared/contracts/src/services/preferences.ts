import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';
import { channelKindSchema } from './delivery-channels.ts';
import { quietHoursSchema } from './settings.ts';

/**
 * What people can choose about. Messages about the safety of an account belong to none of these:
 * they cannot be switched off.
 */
export const preferenceCategorySchema = z.enum([
  'account',
  'devices',
  'apps',
  'billing',
  'system',
  'promotions',
]);
export type PreferenceCategory = z.infer<typeof preferenceCategorySchema>;

const preferencesFields = {
  /** The ways that messages of each category take; an empty list: none at all. */
  channels: z.record(
    preferenceCategorySchema,
    z
      .array(channelKindSchema)
      .max(4)
      .transform((kinds) => [...new Set(kinds)]),
  ),
  /** In the person's zone; null: those of the platform. */
  quietHours: z.union([quietHoursSchema, z.literal('none')]).nullable(),
  /** Null: as in the person's profile. */
  locale: z.enum(['en', 'zh-CN']).nullable(),
  /** IANA name; null: as in the person's profile. */
  timeZone: z.string().max(60).nullable(),
  /** Where text messages go, E.164 (`+8613912345678`); null: nowhere. */
  phone: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/, { message: 'a number reads like +8613912345678' })
    .nullable(),
  /** At most so many promotions in 24 hours by each channel; null: as they come. */
  promotionsPerDay: z.int().min(0).max(100).nullable(),
} as const;

export const preferencesSchema = z.object({
  userId: idSchema,
  ...preferencesFields,
  /** 0 until they are first written. */
  version: z.int(),
  updatedAt: timeSchema.nullable(),
});
export type Preferences = z.infer<typeof preferencesSchema>;

const userParams = z.strictObject({ userId: idSchema });

/** A signed one: payload and signature in base64url. */
export const unsubscribeTokenSchema = z
  .string()
  .max(1_000)
  .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/, { message: 'is no token' });
const tokenParams = z.strictObject({ token: unsubscribeTokenSchema });

/** What the notification service answers of what people want to be told, and how. */
export const preferenceCalls = {
  getPreferences: defineCall({
    service: 'notification',
    name: 'getPreferences',
    method: 'GET',
    path: '/users/:userId/preferences',
    params: userParams,
    answer: preferencesSchema,
    knownTags: ({ params }) => [tags.preferencesOf(params.userId)],
  }),
  /** The whole of them; `If-Match` names the version that was read. */
  updatePreferences: defineCall({
    service: 'notification',
    name: 'updatePreferences',
    method: 'PUT',
    path: '/users/:userId/preferences',
    params: userParams,
    body: z.strictObject(preferencesFields),
    answer: preferencesSchema,
  }),
  /** Of a link in a mail; its token is all that is asked for (RFC 8058). Repeats change nothing. */
  unsubscribe: defineCall({
    service: 'notification',
    name: 'unsubscribe',
    method: 'POST',
    path: '/unsubscribe/:token',
    params: tokenParams,
    answer: z.object({ category: preferenceCategorySchema, channel: channelKindSchema }),
  }),
  /** What the link would end; changes nothing. */
  getUnsubscription: defineCall({
    service: 'notification',
    name: 'getUnsubscription',
    method: 'GET',
    path: '/unsubscribe/:token',
    params: tokenParams,
    answer: z.object({ category: preferenceCategorySchema, channel: channelKindSchema }),
  }),
} as const;
