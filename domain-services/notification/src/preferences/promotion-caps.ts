import { type Kysely, sql } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';
import type { SendingOccasion } from '../sending/sending-ports.ts';

const DAY_MS = 86_400_000;

interface Capped {
  readonly userId: string;
  readonly limit: number;
}

/**
 * Counts a promotion for each person who has set a limit, and names those whose limit is reached.
 * The same batch counts once, so that a retry is no second promotion; a dry run counts nothing. Two
 * campaigns at once never pass a limit together: a person's counting is one after the other.
 */
export async function withholdByCap(
  db: Kysely<NotificationTables>,
  people: readonly Capped[],
  occasion: SendingOccasion,
): Promise<readonly string[]> {
  if (people.length === 0) return [];
  const { batchId, channel, nowMs } = occasion;
  const ids = people.map(({ userId }) => userId);
  const now = new Date(nowMs);
  return db.transaction().execute(async (tx) => {
    await sql`
      select 1 from preferences where user_id = any(${ids}::uuid[])
      order by user_id for update`.execute(tx);
    const rows = await readCounts(tx, people, occasion);
    const fresh = rows.filter((row) => !row.is_counted && row.has_room);
    if (fresh.length > 0 && !(await isDryRun(tx, batchId))) {
      const counted = fresh.map(({ user_id }) => ({
        ...{ user_id, channel, batch_id: batchId, at: now },
      }));
      await tx.insertInto('counted_promotions').values(counted).execute();
    }
    return rows.filter((row) => !row.is_counted && !row.has_room).map(({ user_id }) => user_id);
  });
}

/** The same as it stands, or will at a later moment if nothing more is sent; counts nothing. */
export async function findCapped(
  db: Kysely<NotificationTables>,
  people: readonly Capped[],
  occasion: Pick<SendingOccasion, 'batchId' | 'channel' | 'nowMs'>,
): Promise<readonly string[]> {
  if (people.length === 0) return [];
  const rows = await readCounts(db, people, occasion);
  return rows.filter((row) => !row.is_counted && !row.has_room).map(({ user_id }) => user_id);
}

interface Counted {
  readonly user_id: string;
  /** This batch is among what was counted. */
  readonly is_counted: boolean;
  readonly has_room: boolean;
}

async function readCounts(
  db: Kysely<NotificationTables>,
  people: readonly Capped[],
  { batchId, channel, nowMs }: Pick<SendingOccasion, 'batchId' | 'channel' | 'nowMs'>,
): Promise<readonly Counted[]> {
  const since = new Date(nowMs - DAY_MS);
  const { rows } = await sql<Counted>`
    select asked.user_id,
      coalesce(bool_or(batch_id = ${batchId}), false) as is_counted,
      count(*) filter (where at > ${since}) < asked.promotions as has_room
    from unnest(
      ${people.map(({ userId }) => userId)}::uuid[],
      ${people.map(({ limit }) => limit)}::integer[]) as asked (user_id, promotions)
    left join counted_promotions as counted
      on counted.user_id = asked.user_id and counted.channel = ${channel}
    group by asked.user_id, asked.promotions`.execute(db);
  return rows;
}

async function isDryRun(db: Kysely<NotificationTables>, batchId: string): Promise<boolean> {
  const campaign = await db
    .selectFrom('campaigns')
    .select('is_dry_run')
    .where('batch_id', '=', batchId)
    .executeTakeFirst();
  return campaign?.is_dry_run ?? false;
}

/** What counts towards nobody's limit any more. */
export async function forgetCountedPromotions(
  db: Kysely<NotificationTables>,
  nowMs: number,
): Promise<void> {
  await db
    .deleteFrom('counted_promotions')
    .where('at', '<', new Date(nowMs - 2 * DAY_MS))
    .execute();
}
