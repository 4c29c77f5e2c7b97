import type { ChannelKind } from '@cloudphone/contracts';
import { type Kysely, sql } from '@cloudphone/postgres';
import { isTerminalState, RECIPIENT_STATES, readRecipientByte } from '@cloudphone/redis';
import type { NotificationTables } from '../schema.ts';
import { addCounts } from '../sending/rounds/add-counts.ts';
import { type CampaignCounts, countsOfMirror } from './campaign-counts.ts';
import { rangeOfChunk } from './freeze-audience.ts';
import { countsOfUnsent } from './no-counts.ts';
import type { CampaignRow } from './present-progress.ts';

/** The counters of a campaign that is frozen: whom it skips is known before it begins. */
export async function countFrozenSkips(
  tx: Kysely<NotificationTables>,
  { batch_id: batchId, channels }: Pick<CampaignRow, 'batch_id' | 'channels'>,
  total: number,
): Promise<CampaignCounts> {
  return countsOfMirror(await readChunks(tx, batchId), channels, total);
}

/**
 * The counters of one that ends before anything was sent: whom it was to skip is skipped, everybody
 * else is cancelled. Nobody, while its audience is not frozen.
 */
export async function countUnsent(
  tx: Kysely<NotificationTables>,
  row: Pick<CampaignRow, 'batch_id' | 'channels' | 'total_users' | 'frozen_at'>,
): Promise<CampaignCounts> {
  const { batch_id: batchId, channels, total_users: total } = row;
  if (row.frozen_at === null) return countsOfUnsent(channels, 0);
  const known = await readChunks(tx, batchId);
  const statesOf = new Map(known.map((one) => [`${one.chunk} ${one.channel}`, one.states]));
  const whole = [...new Set(known.map(({ chunk }) => chunk))].flatMap((chunk) =>
    channels.map((channel) => {
      const { count } = rangeOfChunk(chunk, total);
      const states = statesOf.get(`${chunk} ${channel}`) ?? Buffer.alloc(count);
      return { chunk, channel, states: Buffer.from(states).map(endedUnsent) as Buffer };
    }),
  );
  const inThem = whole
    .filter(({ channel }) => channel === channels[0])
    .reduce((sum, { states }) => sum + states.length, 0);
  return addCounts(
    countsOfMirror(whole, channels, inThem),
    countsOfUnsent(channels, total - inThem),
    1,
  );
}

const CANCELLED = RECIPIENT_STATES.indexOf('cancelled');

const endedUnsent = (byte: number): number =>
  isTerminalState(readRecipientByte(byte).state) ? byte : CANCELLED;

async function readChunks(tx: Kysely<NotificationTables>, batchId: string) {
  const { rows } = await sql<{ chunk: number; channel: ChannelKind; states: Buffer }>`
    select chunk, channel, begun_states as states from deliveries
    where batch_id = ${batchId} and begun_states is not null`.execute(tx);
  return rows;
}
