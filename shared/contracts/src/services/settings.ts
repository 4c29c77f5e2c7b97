import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { tags } from '../tags.ts';
import { moneySchema, timeSchema } from '../values.ts';

/** A time of day, `22:00`. */
const clockTimeSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, {
  message: 'a time of day reads like 22:00',
});

/** From one time of day to another; over midnight when `to` is before `from`. */
export const quietHoursSchema = z.strictObject({ from: clockTimeSchema, to: clockTimeSchema });

const settingsFields = {
  /** A balance below it is low. */
  lowBalanceBelow: moneySchema,
  /** Share of a quota in use at which its owner is warned. */
  quotaAlertPercent: z.int().min(1).max(100),
  locales: z
    .array(z.enum(['en', 'zh-CN']))
    .min(1)
    .max(10),
  defaultLocale: z.enum(['en', 'zh-CN']),
  /** Who messages are from, as people read it. */
  senderName: z.string().trim().min(1).max(80),
  /** In each person's own zone; null: none. Urgent messages do not wait. */
  quietHours: quietHoursSchema.nullable(),
} as const;

/** What operators set for the whole platform. */
export const settingsSchema = z.object({
  ...settingsFields,
  version: z.int(),
  updatedAt: timeSchema,
});
export type Settings = z.infer<typeof settingsSchema>;

/** What the notification service answers of settings; others follow `system.settings_updated`. */
export const settingsCalls = {
  getSettings: defineCall({
    service: 'notification',
    name: 'getSettings',
    method: 'GET',
    path: '/settings',
    answer: settingsSchema,
    knownTags: () => [tags.settings()],
  }),
  /** The whole of them; `If-Match` names the version that was read. */
  updateSettings: defineCall({
    service: 'notification',
    name: 'updateSettings',
    method: 'PUT',
    path: '/settings',
    body: z.strictObject(settingsFields),
    answer: settingsSchema,
  }),
} as const;
