import type { Position } from '@cloudphone/contracts';
import { type Kysely, type Postgres, sql, type Transaction } from '@cloudphone/postgres';
import type { EventLogTables } from '../tables.ts';

type Db = Kysely<EventLogTables>;
type Tx = Transaction<EventLogTables>;

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

export interface TakenGroup {
  readonly holder: Holder;
  readonly position: Position | undefined;
  /** Up to here the last holder may have begun with events that it never finished. */
  readonly begunSeq: number;
}

/** Becomes the group's holder, once no transaction of the last one is under way. */
export async function takeGroup(db: Db, group: string): Promise<TakenGroup> {
  const row = await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${fenceLock(group)})`.execute(tx);
    return await tx
      .insertInto('follower')
      .values({ follower_group: group })
      .onConflict((conflict) =>
        conflict.column('follower_group').doUpdateSet({ fence: sql`follower.fence + 1` }),
      )
      .returning(['fence', 'epoch', 'seq', 'begun_seq'])
      .executeTakeFirstOrThrow();
  });
  const position = row.epoch === null ? undefined : { epoch: row.epoch, seq: row.seq };
  return { holder: { group, fence: row.fence }, position, begunSeq: row.begun_seq };
}

/**
 * First statement of a lane's transaction. Lanes share the lock and go side by side; a new holder
 * takes it alone, so it waits for them, and who comes after it finds another fence.
 */
export async function shareFence(tx: Tx, group: string): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${fenceLock(group)})`.execute(tx);
}

const fenceLock = (group: string) => sql`hashtextextended(${group}, 2)`;

/**
 * Notes where the group is, and up to where events may be begun with before it is noted again.
 * Throws ReplacedError for who is the holder no more.
 */
export async function notePosition(
  db: Db,
  holder: Holder,
  { epoch, seq, begunSeq }: Position & { readonly begunSeq: number },
): Promise<void> {
  const moved = await db
    .updateTable('follower')
    .set({ epoch, seq, begun_seq: begunSeq })
    .where('follower_group', '=', holder.group)
    .where('fence', '=', holder.fence)
    .executeTakeFirst();
  if (moved.numUpdatedRows === 0n) throw new ReplacedError(holder.group);
}

/**
 * Counts, before anything else is done with it, that this process begins with an event that a
 * process before it may have begun with: that one was the first.
 */
export async function countDelivery(db: Db, holder: Holder, eventId: string): Promise<number> {
  const row = await db
    .updateTable('follower')
    .set({
      delivering_id: eventId,
      deliveries: sql`case when delivering_id = ${eventId} then deliveries + 1 else 2 end`,
    })
    .where('follower_group', '=', holder.group)
    .where('fence', '=', holder.fence)
    .returning('deliveries')
    .executeTakeFirst();
  if (row === undefined) throw new ReplacedError(holder.group);
  return row.deliveries;
}

/**
 * What an event finds: `new`, and from now on the group counts as having handled it; `known`, as it
 * did before; `blocked`, new too, but earlier ones of its key are parked. In one round trip.
 */
export async function enterInbox(
  tx: Tx,
  holder: Holder,
  event: { readonly id: string; readonly key: string },
): Promise<'new' | 'known' | 'blocked'> {
  const { rows } = await sql<{ isHolder: boolean; isBlocked: boolean; isNew: boolean }>`
    with held as (
      select 1 from follower where follower_group = ${holder.group} and fence = ${holder.fence}
    ), entered as (
      insert into inbox (follower_group, event_id)
      select ${holder.group}, ${event.id} from held
      on conflict do nothing returning 1
    )
    select exists (select 1 from held) as "isHolder",
      exists (select 1 from entered) as "isNew",
      exists (
        select 1 from parked where follower_group = ${holder.group} and key = ${event.key}
      ) as "isBlocked"`.execute(tx);
  const [found] = rows;
  if (!found?.isHolder) throw new ReplacedError(holder.group);
  if (!found.isNew) return 'known';
  return found.isBlocked ? 'blocked' : 'new';
}

/** Where the group is, as its holder noted last: some rows behind where it really is. */
export async function findGroupPosition<Schema extends EventLogTables>(
  postgres: Postgres<Schema>,
  group: string,
): Promise<Position | undefined> {
  const db = postgres.db as unknown as Db;
  const row = await db
    .selectFrom('follower')
    .select(['epoch', 'seq'])
    .where('follower_group', '=', group)
    .executeTakeFirst();
  return row === undefined || row.epoch === null ? undefined : { epoch: row.epoch, seq: row.seq };
}

/** Throws ReplacedError for who is the holder no more. After shareFence. */
export async function checkHolder(tx: Tx, { group, fence }: Holder): Promise<void> {
  const held = await tx
    .selectFrom('follower')
    .select('fence')
    .where('follower_group', '=', group)
    .where('fence', '=', fence)
    .executeTakeFirst();
  if (held === undefined) throw new ReplacedError(group);
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

const PRUNED_AT_ONCE = 5_000;

/** Forgets what was handled a week ago: seven times as long as the log keeps a row. */
export async function pruneInbox(db: Db): Promise<void> {
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from inbox where ctid = any (array(
        select ctid from inbox where handled_at < now() - interval '7 days'
        order by handled_at limit ${PRUNED_AT_ONCE}
      ))`.execute(db);
    if ((numAffectedRows ?? 0n) < PRUNED_AT_ONCE) return;
  }
}
