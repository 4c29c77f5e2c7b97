import { sql } from '@cloudphone/postgres';
import type { AppendedRow, NewLogRow } from '@cloudphone/redis';
import type { Session } from '../leadership.ts';

/** A row of the outbox, ready to be appended. */
export interface OutboxRow {
  readonly seq: number;
  readonly id: string;
  readonly tags: string;
  readonly json: string;
  readonly ageMs: number;
}

/** Rows of one batch: what one append takes. */
export const BATCH_ROWS = 100;
/** How long rows are kept, and replayed to a log that has lost them. */
const KEPT = sql.raw(`interval '24 hours'`);

const columns = sql.raw(`
  seq, id, payload->'envelope'->>'tags' as tags, payload::text as json,
  extract(epoch from clock_timestamp() - created_at)::float8 * 1000 as "ageMs"`);

/** The oldest rows that no log holds. */
export async function findWaiting(session: Session): Promise<readonly OutboxRow[]> {
  const { rows } = await sql<OutboxRow>`
    select ${columns} from outbox where log_epoch is null
    order by seq limit ${BATCH_ROWS}`.execute(session);
  return rows;
}

/** The oldest rows of the last day that a log held, but perhaps not this one. */
export async function findOfOtherEpochs(
  session: Session,
  epoch: string,
): Promise<readonly OutboxRow[]> {
  const { rows } = await sql<OutboxRow>`
    select ${columns} from outbox
    where log_epoch <> ${epoch} and created_at > now() - ${KEPT}
    order by seq limit ${BATCH_ROWS}`.execute(session);
  return rows;
}

export function toLogRow(row: OutboxRow, isReplay: boolean): NewLogRow {
  const tags = row.tags === '' ? [] : row.tags.split(',');
  return { id: row.id, tags, json: row.json, isReplay };
}

/** Notes that the log of this epoch holds the rows. */
export async function markAppended(
  session: Session,
  epoch: string,
  rows: readonly OutboxRow[],
  appended: readonly AppendedRow[],
): Promise<void> {
  const outboxSeqs = rows.map((row) => row.seq);
  const logSeqs = appended.map((row) => row.position.seq);
  await sql`
    update outbox set log_epoch = ${epoch}, log_seq = at.log_seq
    from unnest(${outboxSeqs}::bigint[], ${logSeqs}::bigint[]) as at (seq, log_seq)
    where outbox.seq = at.seq`.execute(session);
}

/** Counts a refusal of the batch's first row, for whoever looks into it. */
export async function countAttempt(session: Session, row: OutboxRow): Promise<void> {
  await sql`update outbox set attempts = attempts + 1 where seq = ${row.seq}`.execute(session);
}

const PRUNED_AT_ONCE = 5_000;

/** Deletes rows that the log has held for a day. */
export async function pruneOutbox(session: Session): Promise<void> {
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from outbox where seq in (
        select seq from outbox where log_epoch is not null and created_at < now() - ${KEPT}
        order by created_at limit ${PRUNED_AT_ONCE}
      )`.execute(session);
    if ((numAffectedRows ?? 0n) < PRUNED_AT_ONCE) return;
  }
}

/** What waits: how many rows, and for how long the oldest has. */
export async function outboxLag(session: Session): Promise<{ count: number; oldestMs: number }> {
  const { rows } = await sql<{ count: number; oldestMs: number }>`
    select count(*) as count,
      coalesce(extract(epoch from clock_timestamp() - min(created_at)) * 1000, 0)::float8
        as "oldestMs"
    from outbox where log_epoch is null`.execute(session);
  return rows[0] ?? { count: 0, oldestMs: 0 };
}
