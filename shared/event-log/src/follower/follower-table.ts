import type { Position } from '@cloudphone/contracts';
import { type Kysely, sql } from '@cloudphone/postgres';
import type { EventLogTables } from '../tables.ts';

type Db = Kysely<EventLogTables>;

/** A holder of a group: who commits with an older fence than the table's commits nothing. */
export interface Holder {
  readonly group: string;
  readonly fence: number;
}

/** Thrown inside a transaction of a holder that has been replaced: it must not commit. */
export class ReplacedError extends Error {
  constructor(group: string) {
    super(`another instance holds the group ${group} now`);
    this.name = 'ReplacedError';
  }
}

/** Becomes the group's holder; returns where the group is. */
export async function takeGroup(
  db: Db,
  group: string,
): Promise<{ readonly holder: Holder; readonly position: Position | undefined }> {
  const row = await db
    .insertInto('follower')
    .values({ follower_group: group })
    .onConflict((conflict) =>
      conflict.column('follower_group').doUpdateSet({ fence: sql`follower.fence + 1` }),
    )
    .returning(['fence', 'epoch', 'seq'])
    .executeTakeFirstOrThrow();
  const position = row.epoch === null ? undefined : { epoch: row.epoch, seq: row.seq };
  return { holder: { group, fence: row.fence }, position };
}

/**
 * Moves the group on. Inside a transaction this is its first statement: the row stays locked, so a
 * new holder waits for it, and an old one finds that it was replaced.
 */
export async function movePosition(db: Db, holder: Holder, position: Position): Promise<void> {
  const moved = await db
    .updateTable('follower')
    .set({ epoch: position.epoch, seq: position.seq, delivering_id: null, deliveries: 0 })
    .where('follower_group', '=', holder.group)
    .where('fence', '=', holder.fence)
    .executeTakeFirst();
  if (moved.numUpdatedRows === 0n) throw new ReplacedError(holder.group);
}

/** Counts, before anything else is done with it, that this process begins with an event. */
export async function countDelivery(db: Db, holder: Holder, eventId: string): Promise<number> {
  const row = await db
    .updateTable('follower')
    .set({
      delivering_id: eventId,
      deliveries: sql`case when delivering_id = ${eventId} then deliveries + 1 else 1 end`,
    })
    .where('follower_group', '=', holder.group)
    .where('fence', '=', holder.fence)
    .returning('deliveries')
    .executeTakeFirst();
  if (row === undefined) throw new ReplacedError(holder.group);
  return row.deliveries;
}

/** Notes that the group has handled the event; false when it had before. */
export async function enterInbox(db: Db, group: string, eventId: string): Promise<boolean> {
  const entered = await db
    .insertInto('inbox')
    .values({ follower_group: group, event_id: eventId })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return entered.numInsertedOrUpdatedRows === 1n;
}

/** Which of the events the group has handled. */
export async function findHandled(
  db: Db,
  group: string,
  eventIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (eventIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('inbox')
    .select('event_id')
    .where('follower_group', '=', group)
    .where('event_id', 'in', eventIds)
    .execute();
  return new Set(rows.map((row) => row.event_id));
}

/** Forgets what was handled a week ago: seven times as long as the log keeps a row. */
export async function pruneInbox(db: Db): Promise<void> {
  await sql`delete from inbox where handled_at < now() - interval '7 days'`.execute(db);
}
