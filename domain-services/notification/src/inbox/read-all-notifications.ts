import { notificationCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { NotificationTables } from '../schema.ts';
import { countUnread } from './count-unread.ts';
import { selectAnnouncements } from './inbox-entries.ts';
import { lockInbox } from './lock-inbox.ts';

/** Marks all that is there as read, told by one event; what comes meanwhile stays unread. */
export function readAllNotificationsRoute({
  writer,
  clock,
}: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.readAllNotifications, async ({ params: { userId } }) => {
    const { result, eventIds } = await writer.write(async (tx) => {
      await lockInbox(tx, userId);
      const now = new Date(clock.now());
      const own = await tx
        .updateTable('notifications')
        .set({ read_at: now })
        .where('user_id', '=', userId)
        .where('read_at', 'is', null)
        .executeTakeFirst();
      const shared = await selectAnnouncements(tx, userId, now.getTime())
        .select('announcements.id as announcement_id')
        .where('announcement_reads.read_at', 'is', null)
        .execute();
      const reads = shared.map((row) => ({ ...row, user_id: userId, read_at: now }));
      if (reads.length > 0) await tx.insertInto('announcement_reads').values(reads).execute();
      const read = Number(own.numUpdatedRows) + reads.length;
      const unread = await countUnread(tx, userId, now.getTime());
      if (read === 0) return unchanged({ read, unread });
      return {
        result: { read, unread },
        events: [
          {
            type: 'notification.inbox_changed',
            data: { userId, reason: 'all_read', unread, at: now.toISOString() },
          },
        ],
      };
    });
    return { body: result, eventIds };
  });
}
