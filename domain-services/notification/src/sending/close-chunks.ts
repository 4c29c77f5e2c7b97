import type { ChannelKind } from '@cloudphone/contracts';
import { sql } from '@cloudphone/postgres';
import { isTerminalState, readRecipientByte } from '@cloudphone/redis';
import { rangeOfChunk } from '../campaigns/freeze-audience.ts';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import type { Sending } from './sending.ts';

type ClosableRow = Pick<CampaignRow, 'batch_id' | 'total_users' | 'channels'>;

const CHUNKS_A_STATEMENT = 100;

/**
 * Mirrors finished chunks to PostgreSQL, then takes them off the ledger's list; chunks with somebody
 * left are passed over. True when every chunk of the campaign is closed by now.
 */
export async function closeChunks(
  sending: Sending,
  row: ClosableRow,
  chunks: readonly number[],
): Promise<boolean> {
  let areAllClosed = false;
  for (let from = 0; from < chunks.length; from += CHUNKS_A_STATEMENT) {
    const finished = await readFinished(
      sending,
      row,
      chunks.slice(from, from + CHUNKS_A_STATEMENT),
    );
    await mirror(sending, finished);
    for (const chunk of new Set(finished.map((delivery) => delivery.chunk))) {
      const range = rangeOfChunk(chunk, row.total_users);
      const closed = await sending.ledger.closeChunk(row.batch_id, chunk, range);
      areAllClosed ||= closed?.areAllClosed ?? false;
    }
  }
  return areAllClosed;
}

interface FinishedDelivery {
  readonly batch_id: string;
  readonly chunk: number;
  readonly channel: ChannelKind;
  readonly intended_run: string;
  readonly states: Buffer;
}

async function readFinished(
  { ledger, currentRun }: Sending,
  row: ClosableRow,
  chunks: readonly number[],
): Promise<FinishedDelivery[]> {
  const run = await currentRun();
  const finished: FinishedDelivery[] = [];
  for (const chunk of chunks) {
    const range = rangeOfChunk(chunk, row.total_users);
    const deliveries = await Promise.all(
      row.channels.map(async (channel, index) => ({
        batch_id: row.batch_id,
        chunk,
        channel,
        intended_run: run,
        states: await ledger.readStates(row.batch_id, index, row.total_users, range),
      })),
    );
    if (deliveries.every(({ states }) => isFinished(states, range.count))) {
      finished.push(...deliveries);
    }
  }
  return finished;
}

/** An empty answer is a ledger that is gone, not a chunk that is finished. */
function isFinished(states: Buffer, count: number): boolean {
  return (
    states.length === count &&
    states.every((byte) => isTerminalState(readRecipientByte(byte).state))
  );
}

async function mirror({ db }: Sending, deliveries: readonly FinishedDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await db
    .insertInto('deliveries')
    .values([...deliveries])
    .onConflict((conflict) =>
      conflict
        .columns(['batch_id', 'chunk', 'channel'])
        .doUpdateSet({ states: sql<Buffer>`excluded.states` }),
    )
    .execute();
}
