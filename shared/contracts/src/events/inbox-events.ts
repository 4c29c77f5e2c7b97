import * as z from 'zod';
import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { notificationSchema } from '../services/inbox.ts';
import { tags } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';

export const inboxEvents = {
  'notification.created': defineEvent({
    type: 'notification.created',
    data: notificationSchema,
    subject: (notification) => `notification/${notification.id}`,
    key: (notification) => `inbox:${notification.userId}`,
    tags: (notification) => [tags.notificationsOf(notification.userId)],
    audiences: [
      {
        channel: (notification) => channels.user(notification.userId),
        fields: ['id', 'type', 'title', 'body', 'batchId', 'readAt', 'createdAt'],
      },
    ],
  }),
  'notification.read': defineEvent({
    type: 'notification.read',
    /** `unread`: how many are left, as of this reading. */
    data: notificationSchema.extend({ unread: z.int() }),
    subject: (notification) => `notification/${notification.id}`,
    key: (notification) => `inbox:${notification.userId}`,
    tags: (notification) => [tags.notificationsOf(notification.userId)],
    audiences: [
      {
        channel: (notification) => channels.user(notification.userId),
        fields: ['id', 'type', 'title', 'body', 'batchId', 'readAt', 'createdAt', 'unread'],
      },
    ],
  }),
  /** They arrived at a device of their person. */
  'notification.pushed': defineEvent({
    type: 'notification.pushed',
    data: z.object({ userId: idSchema, ids: z.array(idSchema).min(1), at: timeSchema }),
    subject: (pushed) => `user/${pushed.userId}`,
    key: (pushed) => `inbox:${pushed.userId}`,
    tags: (pushed) => [tags.notificationsOf(pushed.userId)],
    audiences: [{ channel: (pushed) => channels.user(pushed.userId), fields: ['ids', 'at'] }],
  }),
  /** What an inbox shows changed in more than one message. */
  'notification.inbox_changed': defineEvent({
    type: 'notification.inbox_changed',
    data: z.object({
      userId: idSchema,
      reason: z.enum(['all_read', 'expired', 'erased', 'moved']),
      unread: z.int(),
      at: timeSchema,
    }),
    subject: (change) => `user/${change.userId}`,
    key: (change) => `inbox:${change.userId}`,
    tags: (change) => [tags.notificationsOf(change.userId)],
    audiences: [
      { channel: (change) => channels.user(change.userId), fields: ['reason', 'unread', 'at'] },
    ],
  }),
} as const;
