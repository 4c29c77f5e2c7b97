import { prepared, sql } from '@cloudphone/postgres';
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
const BATCH_ROWS = 100;
/** How long rows are kept, and replayed to a log that has lost them. */
const KEPT = sql.raw(`interval '24 hours'`);

const columns = sql.raw(`
  seq, id, payload->'envelope'->>'tags' as tags, payload::text as json,
  extract(epoch from clock_timestamp() - created_at)::float8 * 1000 as "ageMs"`);

/** What one append takes together: a larger one would keep the log's Redis from everybody else. */
const BATCH_BYTES = 2_000_000;

/** As many of the first rows as fit into one append, at least one. */
export function firstBatch(rows: readonly OutboxRow[]): readonly OutboxRow[] {
  let bytes = 0;
  const end = rows.findIndex(({ json }, index) => {
    bytes += Buffer.byteLength(json);
    return index > 0 && bytes > BATCH_BYTES;
  });
  return end === -1 ? rows : rows.slice(0, end);
}

/** Rows that the log of an epoch holds, and where. */
export interface Marks {
  readonly epoch: string;
  readonly outboxSeqs: readonly number[];
  readonly logSeqs: readonly number[];
}

/**
 * The oldest rows that no log holds. Notes first, in the same round trip, what the last append took:
 * until then, too, it is not among them.
 */
export async function findWaiting(session: Session, marks?: Marks): Promise<readonly OutboxRow[]> {
  const { rows } =
    marks === undefined
      ? await prepared(sql<OutboxRow>`
          select ${columns} from outbox where log_epoch is null and refused is null
          order by seq limit ${BATCH_ROWS}`).execute(session)
      : await prepared(sql<OutboxRow>`
          with marked as (${marking(marks)})
          select ${columns} from outbox
          where log_epoch is null and refused is null
            and seq <> all(${[...marks.outboxSeqs]}::bigint[])
          order by seq limit ${BATCH_ROWS}`).execute(session);
  return rows;
}

/** The oldest rows of the last day that a log held, but perhaps not this one. */
export async function findOfOtherEpochs(
  session: Session,
  epoch: string,
): Promise<readonly OutboxRow[]> {
  const { rows } = await sql<OutboxRow>`
    select ${columns} from outbox
    where log_epoch <> ${epoch} and refused is null and created_at > now() - ${KEPT}
    order by seq limit ${BATCH_ROWS}`.execute(session);
  return rows;
}

/** The row as the log takes it. `source` names the outbox. */
export function toLogRow(
  { seq, id, tags, json }: OutboxRow,
  { source, isReplay }: { readonly source: string; readonly isReplay: boolean },
): NewLogRow {
  const outbox = { source, seq };
  return { id, tags: tags === '' ? [] : tags.split(','), json, isReplay, outbox };
}

export function marksOf(
  epoch: string,
  rows: readonly OutboxRow[],
  appended: readonly AppendedRow[],
): Marks {
  const outboxSeqs = rows.map((row) => row.seq);
  return { epoch, outboxSeqs, logSeqs: appended.map((row) => row.position.seq) };
}

const marking = ({ epoch, outboxSeqs, logSeqs }: Marks) => sql`
  update outbox set log_epoch = ${epoch}, log_seq = at.log_seq
  from unnest(${[...outboxSeqs]}::bigint[], ${[...logSeqs]}::bigint[]) as at (seq, log_seq)
  where outbox.seq = at.seq`;

/** Notes at once that the log holds the rows. */
export async function markAppended(session: Session, marks: Marks): Promise<void> {
  await marking(marks).execute(session);
}

/** Counts a refusal of the batch's first row, for whoever looks into it. */
export async function countAttempt(session: Session, row: OutboxRow): Promise<void> {
  await sql`update outbox set attempts = attempts + 1 where seq = ${row.seq}`.execute(session);
}

/** Keeps a row aside that the log will never take: it is offered no more, and never deleted. */
export async function setAside(session: Session, row: OutboxRow, why: string): Promise<void> {
  await sql`update outbox set refused = ${why} where seq = ${row.seq}`.execute(session);
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

/** How many rows wait, for how long the oldest has, and how many were set aside. */
export interface OutboxLag {
  readonly count: number;
  readonly oldestMs: number;
  readonly refused: number;
}

export async function outboxLag(session: Session): Promise<OutboxLag> {
  const { rows } = await sql<OutboxLag>`
    select count(*) as count,
      coalesce(extract(epoch from clock_timestamp() - min(created_at)) * 1000, 0)::float8
        as "oldestMs",
      (select count(*) from outbox where refused is not null) as refused
    from outbox where log_epoch is null and refused is null`.execute(session);
  return rows[0] ?? { count: 0, oldestMs: 0, refused: 0 };
}
