import { type Notification, notificationCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { Transaction } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';
import { countUnread } from './count-unread.ts';
import { findInboxAnnouncements } from './inbox-entries.ts';
import { lockInbox } from './lock-inbox.ts';
import { presentNotification } from './present-notification.ts';

/**
 * Marks one of the person's own, or an announcement to them, as read; the first time counts, repeats
 * change nothing. Its event tells how many are left: readings of one person follow each other.
 */
export function readNotificationRoute({ writer, clock }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.readNotification, async ({ params }) => {
    const { userId, notificationId } = params;
    const { result, eventIds } = await writer.write(async (tx) => {
      await lockInbox(tx, userId);
      const before = await findOne(tx, { userId, id: notificationId, nowMs: clock.now() });
      if (before === undefined) throw notFound('notification', notificationId);
      if (before.entry.readAt !== null) return unchanged(before.entry);
      const readAt = new Date(clock.now());
      if (before.isShared) {
        await tx
          .insertInto('announcement_reads')
          .values({ user_id: userId, announcement_id: notificationId, read_at: readAt })
          .execute();
      } else {
        await tx
          .updateTable('notifications')
          .set({ read_at: readAt })
          .where('id', '=', notificationId)
          .execute();
      }
      const notification = { ...before.entry, readAt: readAt.toISOString() };
      const unread = await countUnread(tx, userId, clock.now());
      return {
        result: notification,
        events: [{ type: 'notification.read', data: { ...notification, unread } }],
      };
    });
    return { body: result, eventIds };
  });
}

async function findOne(
  tx: Transaction<NotificationTables>,
  { userId, id, nowMs }: { readonly userId: string; readonly id: string; readonly nowMs: number },
): Promise<{ readonly entry: Notification; readonly isShared: boolean } | undefined> {
  const own = await tx
    .selectFrom('notifications')
    .selectAll()
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (own !== undefined) return { entry: presentNotification(own), isShared: false };
  const [entry] = await findInboxAnnouncements(tx, userId, { nowMs, ids: [id], limit: 1 });
  return entry === undefined ? undefined : { entry, isShared: true };
}
