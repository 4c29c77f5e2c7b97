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

const userParams = z.strictObject({ userId: idSchema });

/** What the notification service answers of people's inboxes. */
export const inboxCalls = {
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
  /** Everything that is unread now. */
  readAllNotifications: defineCall({
    service: 'notification',
    name: 'readAllNotifications',
    method: 'POST',
    path: '/users/:userId/notifications/read-all',
    params: userParams,
    answer: z.object({ read: z.int(), unread: z.int() }),
  }),
  /** They arrived at one of the person's devices; those that did before are told no more. */
  markNotificationsPushed: defineCall({
    service: 'notification',
    name: 'markNotificationsPushed',
    method: 'POST',
    path: '/users/:userId/notifications/pushed',
    params: userParams,
    body: z.strictObject({ ids: z.array(idSchema).min(1).max(500) }),
    answer: z.object({ pushed: z.int() }),
  }),
} as const;
