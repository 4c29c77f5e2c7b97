import type { NewEvent } from '@cloudphone/contracts';
import { unchanged, type Writer } from '@cloudphone/event-log';
import { sql } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';
import { countUnread } from './count-unread.ts';
import { RETENTION_MS } from './retention.ts';

/** Few a transaction, so that nobody waits for it. */
const PEOPLE_A_TRANSACTION = 100;

/** Forgets messages older than ninety days, and tells each person concerned. Returns how many went. */
export async function forgetOldNotifications(
  writer: Writer<NotificationTables>,
  nowMs: number,
): Promise<number> {
  const endsBefore = new Date(nowMs - RETENTION_MS);
  let forgotten = 0;
  for (;;) {
    const { result } = await writer.write(async (tx) => {
      const people = await tx
        .selectFrom('notifications')
        .select('user_id')
        .distinct()
        .where('created_at', '<', endsBefore)
        .limit(PEOPLE_A_TRANSACTION)
        .execute();
      const userIds = people.map(({ user_id }) => user_id);
      if (userIds.length === 0) return unchanged(0);
      const gone = await tx
        .deleteFrom('notifications')
        .where('user_id', '=', sql<string>`any(${userIds}::uuid[])`)
        .where('created_at', '<', endsBefore)
        .executeTakeFirst();
      const at = new Date(nowMs).toISOString();
      const events: NewEvent[] = [];
      for (const userId of userIds) {
        const unread = await countUnread(tx, userId, nowMs);
        const data = { userId, reason: 'expired', unread, at } as const;
        events.push({ type: 'notification.inbox_changed', data });
      }
      const [first, ...rest] = events;
      if (first === undefined) return unchanged(0);
      return { result: Number(gone.numDeletedRows), events: [first, ...rest] };
    });
    forgotten += result;
    if (result === 0) return forgotten;
  }
}
