import type { ChannelKind } from '@cloudphone/contracts';
import { sql } from '@cloudphone/postgres';
import { RECIPIENT_STATES, type RecipientState, readRecipientByte } from '@cloudphone/redis';
import { CHUNK_SIZE, unpackIds } from '../campaigns/freeze-audience.ts';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import type { FinishedChunk } from './finished-chunk.ts';
import type { Sending } from './sending.ts';

/**
 * Makes the listed problems of finished chunks agree with what became of their recipients: whoever was
 * sent to after all is no problem, and whoever is unknown without anybody having said so (Redis lost
 * it, a claim ran out in a cancelled campaign) is listed.
 */
export async function settleProblems(
  sending: Pick<Sending, 'db' | 'clock'>,
  row: CampaignRow,
  chunks: readonly FinishedChunk[],
): Promise<void> {
  await forgetSolved(sending, row, chunks);
  await listUnknown(sending, row, chunks);
}

async function forgetSolved(
  { db }: Pick<Sending, 'db'>,
  row: CampaignRow,
  chunks: readonly FinishedChunk[],
): Promise<void> {
  const listed = await sql<{ channel: ChannelKind; ordinal: number }>`
    select channel, ordinal
    from unnest(${chunks.map(({ from }) => from)}::integer[]) as first
    join delivery_problems
      on batch_id = ${row.batch_id} and channel = any(${row.channels}::text[])
      and ordinal >= first and ordinal < first + ${CHUNK_SIZE}`.execute(db);
  if (listed.rows.length === 0) return;
  const byFirst = new Map(chunks.map((chunk) => [chunk.from, chunk]));
  const solved = listed.rows.filter(({ channel, ordinal }) => {
    const chunk = byFirst.get(ordinal - (ordinal % CHUNK_SIZE));
    return chunk !== undefined && stateIn(chunk, row, channel, ordinal) === 'sent';
  });
  if (solved.length === 0) return;
  await sql`
    delete from delivery_problems
    using unnest(
      ${solved.map(({ channel }) => channel)}::text[],
      ${solved.map(({ ordinal }) => ordinal)}::integer[]) as solved (channel, ordinal)
    where batch_id = ${row.batch_id}
      and delivery_problems.channel = solved.channel
      and delivery_problems.ordinal = solved.ordinal`.execute(db);
}

async function listUnknown(
  { db, clock }: Pick<Sending, 'db' | 'clock'>,
  row: CampaignRow,
  chunks: readonly FinishedChunk[],
): Promise<void> {
  for (const chunk of chunks) {
    if (!chunk.states.some(isUnknown)) continue;
    const unknown = row.channels.flatMap((channel) =>
      Array.from({ length: chunk.count }, (_, offset) => chunk.from + offset)
        .filter((ordinal) => stateIn(chunk, row, channel, ordinal) === 'unknown')
        .map((ordinal) => ({ channel, ordinal })),
    );
    const { recipients } = await db
      .selectFrom('audience_chunks')
      .select('recipients')
      .where('batch_id', '=', row.batch_id)
      .where('chunk', '=', chunk.chunk)
      .executeTakeFirstOrThrow();
    const userIds = unpackIds(recipients);
    await db
      .insertInto('delivery_problems')
      .values(
        unknown.map(({ channel, ordinal }) => ({
          batch_id: row.batch_id,
          channel,
          ordinal,
          user_id: userIds[ordinal - chunk.from] ?? '',
          state: 'unknown' as const,
          code: 'no_record',
          detail: 'sending had begun, and no record is left of how it ended',
          attempts: 0,
          at: new Date(clock.now()),
        })),
      )
      .onConflict((conflict) =>
        conflict
          .columns(['batch_id', 'channel', 'ordinal'])
          .doUpdateSet({
            state: sql<'unknown'>`excluded.state`,
            code: sql<string>`excluded.code`,
            detail: sql<string>`excluded.detail`,
            at: sql<Date>`excluded.at`,
          })
          .where('delivery_problems.state', '<>', 'unknown'),
      )
      .execute();
  }
}

const UNKNOWN = RECIPIENT_STATES.indexOf('unknown');
const isUnknown = (byte: number): boolean => (byte & 0x0f) === UNKNOWN;

function stateIn(
  { from, count, states }: FinishedChunk,
  row: CampaignRow,
  channel: ChannelKind,
  ordinal: number,
): RecipientState | undefined {
  const byte = states[row.channels.indexOf(channel) * count + ordinal - from];
  return byte === undefined ? undefined : readRecipientByte(byte).state;
}
