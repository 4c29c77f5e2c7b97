import { notificationCalls, tags } from '@cloudphone/contracts';
import type { ReadOnlyDb, ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';
import { selectAnnouncements } from './inbox-entries.ts';
import { nextExpiryMs } from './retention.ts';

export function getUnreadCountRoute({ db, clock }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.getUnreadCount, async ({ params: { userId } }) => {
    const { unread, oldestMs } = await readUnread(db, userId, clock.now());
    const changesAtMs = nextExpiryMs(oldestMs === undefined ? [] : [oldestMs]);
    return {
      body: { unread },
      tags: [{ tag: tags.notificationsOf(userId) }, { tag: tags.announcements() }],
      ...(changesAtMs === undefined ? {} : { changesAtMs }),
    };
  });
}

/** Messages of the person's own, and announcements to them, that they have not read. */
export async function countUnread(
  db: ReadOnlyDb<NotificationTables>,
  userId: string,
  nowMs: number,
): Promise<number> {
  return (await readUnread(db, userId, nowMs)).unread;
}

async function readUnread(
  db: ReadOnlyDb<NotificationTables>,
  userId: string,
  nowMs: number,
): Promise<{ readonly unread: number; readonly oldestMs: number | undefined }> {
  const own = await db
    .selectFrom('notifications')
    .select(sql<number>`count(*)::integer`.as('unread'))
    .where('user_id', '=', userId)
    .where('read_at', 'is', null)
    .executeTakeFirstOrThrow();
  const shared = await selectAnnouncements(db, userId, nowMs)
    .select([
      sql<number>`count(*)::integer`.as('unread'),
      sql<Date | null>`min(announcements.created_at)`.as('oldest'),
    ])
    .where('announcement_reads.read_at', 'is', null)
    .executeTakeFirstOrThrow();
  return { unread: own.unread + shared.unread, oldestMs: shared.oldest?.getTime() };
}
