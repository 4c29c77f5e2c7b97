import { sql } from '@cloudphone/postgres';
import { rangeOfChunk } from '../campaigns/freeze-audience.ts';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import { type ClosableChunk, type FinishedChunk, findFinished } from './finished-chunk.ts';
import type { Sending } from './sending.ts';
import { settleProblems } from './settle-problems.ts';

export const CHUNKS_A_STATEMENT = 50;

/**
 * Mirrors those that are finished to PostgreSQL and has the listed problems agree, both or neither: a
 * chunk that is mirrored is over for whoever rebuilds a ledger. Then takes them off the ledger's list.
 * Chunks with somebody left are passed over. Undefined: there was nothing to close, or no ledger.
 */
export async function closeChunks(
  sending: Sending,
  row: CampaignRow,
  chunks: readonly ClosableChunk[],
): Promise<{ readonly stillOpen: number; readonly areAllClosed: boolean } | undefined> {
  const known = await Promise.all(chunks.map((chunk) => findFinished(sending, row, chunk)));
  // In one order: who closes the same at the same time waits, and neither waits for the other.
  const finished = known
    .filter((chunk) => chunk !== undefined)
    .sort((one, other) => one.chunk - other.chunk);
  if (finished.length === 0) return undefined;
  const run = await sending.currentRun();
  await sending.db.transaction().execute(async (tx) => {
    const mirrored = await mirror(tx, { row, run }, finished);
    const own = finished.filter(({ chunk }) => mirrored.has(chunk));
    await settleProblems({ ...sending, db: tx }, row, own);
  });
  return sending.ledger.closeChunks(row.batch_id, finished);
}

/** Closes what a crash, a cancellation or a rebuild left open of a finished campaign. */
export async function closeLeftovers(
  sending: Sending,
  row: CampaignRow,
  chunks: readonly number[],
): Promise<void> {
  for (let from = 0; from < chunks.length; from += CHUNKS_A_STATEMENT) {
    const some = chunks.slice(from, from + CHUNKS_A_STATEMENT).map((chunk) => {
      return { row, chunk, ...rangeOfChunk(chunk, row.total_users), states: undefined };
    });
    await closeChunks(sending, row, some);
  }
}

/** Returns those of which no later round has told: a worker that slept through one tells of the past. */
async function mirror(
  tx: Sending['db'],
  { row, run }: { readonly row: CampaignRow; readonly run: string },
  chunks: readonly FinishedChunk[],
): Promise<ReadonlySet<number>> {
  const told = chunks.flatMap(({ chunk, count, states }) =>
    row.channels.map((channel, index) => {
      return { chunk, channel, states: states.subarray(index * count, (index + 1) * count) };
    }),
  );
  const { rows } = await sql<{ chunk: number }>`
    insert into deliveries
      (batch_id, chunk, channel, intended_run, intended_round, states, mirrored_round)
    select ${row.batch_id}::uuid, chunk, channel, ${run}::text, ${row.round}::integer, states,
      ${row.round}::integer
    from unnest(
      ${told.map(({ chunk }) => chunk)}::integer[],
      ${told.map(({ channel }) => channel)}::text[],
      ${told.map(({ states }) => states)}::bytea[]) as told (chunk, channel, states)
    on conflict (batch_id, chunk, channel) do update
      set states = excluded.states, mirrored_round = excluded.mirrored_round
      where deliveries.mirrored_round <= excluded.mirrored_round
    returning chunk`.execute(tx);
  return new Set(rows.map(({ chunk }) => chunk));
}
