import * as z from 'zod';
import { defineCall } from '../define-call.ts';
import { idSchema, timeSchema } from '../values.ts';

/** Everybody, or the people of one tenant. */
const announcementAudienceSchema = z.union([
  z.literal('everyone'),
  z.strictObject({
    tenant: z.string().regex(/^[A-Za-z0-9._-]{1,60}$/, { message: 'is no tenant' }),
  }),
]);

export const announcementSchema = z.object({
  id: idSchema,
  /** `system.announcement` or `system.maintenance`. */
  type: z.enum(['system.announcement', 'system.maintenance']),
  title: z.string(),
  body: z.string(),
  /** Null: everybody. */
  tenantId: z.string().nullable(),
  createdBy: idSchema,
  createdAt: timeSchema,
});
export type Announcement = z.infer<typeof announcementSchema>;

/** What the notification service does for whoever has something to say to all. */
export const announcementCalls = {
  createAnnouncement: defineCall({
    service: 'notification',
    name: 'createAnnouncement',
    method: 'POST',
    path: '/announcements',
    body: z.strictObject({
      title: z.string().trim().min(1).max(300),
      body: z.string().trim().min(1).max(10_000),
      audience: announcementAudienceSchema,
    }),
    answer: announcementSchema,
    status: 201,
  }),
  announceMaintenance: defineCall({
    service: 'notification',
    name: 'announceMaintenance',
    method: 'POST',
    path: '/maintenance',
    body: z.strictObject({
      /** When it begins. */
      at: timeSchema,
      /** When it ends; an hour later unless told. */
      until: timeSchema.optional(),
      message: z.string().trim().min(1).max(2_000),
    }),
    answer: announcementSchema.extend({ at: timeSchema, until: timeSchema }),
    status: 201,
  }),
} as const;
