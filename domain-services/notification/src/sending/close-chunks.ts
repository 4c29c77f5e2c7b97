import { sql } from '@cloudphone/postgres';
import { rangeOfChunk } from '../campaigns/freeze-audience.ts';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import { type ClosableChunk, type FinishedChunk, findFinished } from './finished-chunk.ts';
import type { Sending } from './sending.ts';
import { settleProblems } from './settle-problems.ts';

export const CHUNKS_A_STATEMENT = 50;

/**
 * Settles the problems of those that are finished, mirrors them to PostgreSQL, then takes them off the
 * ledger's list. In this order: a chunk that is mirrored is over for whoever rebuilds a ledger, so
 * nothing may be left to say of it. Chunks with somebody left are passed over. Undefined: there was
 * nothing to close, or no ledger.
 */
export async function closeChunks(
  sending: Sending,
  row: CampaignRow,
  chunks: readonly ClosableChunk[],
): Promise<{ readonly stillOpen: number; readonly areAllClosed: boolean } | undefined> {
  const known = await Promise.all(chunks.map((chunk) => findFinished(sending, row, chunk)));
  const finished = known.filter((chunk) => chunk !== undefined);
  if (finished.length === 0) return undefined;
  await settleProblems(sending, row, finished);
  await mirror(sending, row, finished);
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

async function mirror(
  { db, currentRun }: Pick<Sending, 'db' | 'currentRun'>,
  row: CampaignRow,
  chunks: readonly FinishedChunk[],
): Promise<void> {
  const run = await currentRun();
  const rows = chunks.flatMap(({ chunk, count, states }) =>
    row.channels.map((channel, index) => {
      return { chunk, channel, states: states.subarray(index * count, (index + 1) * count) };
    }),
  );
  // A worker that slept through a round tells of the past.
  await sql`
    insert into deliveries
      (batch_id, chunk, channel, intended_run, intended_round, states, mirrored_round)
    select ${row.batch_id}::uuid, chunk, channel, ${run}::text, ${row.round}::integer, states,
      ${row.round}::integer
    from unnest(
      ${rows.map(({ chunk }) => chunk)}::integer[],
      ${rows.map(({ channel }) => channel)}::text[],
      ${rows.map(({ states }) => states)}::bytea[]) as told (chunk, channel, states)
    on conflict (batch_id, chunk, channel) do update
      set states = excluded.states, mirrored_round = excluded.mirrored_round
      where deliveries.mirrored_round <= excluded.mirrored_round`.execute(db);
}
