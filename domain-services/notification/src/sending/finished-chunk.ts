import { isTerminalState, RECIPIENT_STATES } from '@cloudphone/redis';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import type { Sending } from './sending.ts';

/** A chunk in which nobody should be left to send to. */
export interface ClosableChunk {
  readonly row: CampaignRow;
  readonly chunk: number;
  readonly from: number;
  readonly count: number;
  /** The bytes of its channels, one after another, if they are at hand. */
  readonly states: Buffer | undefined;
}

/** One of which it is known, with what became of each recipient. */
export interface FinishedChunk extends ClosableChunk {
  readonly states: Buffer;
}

/** Undefined: somebody is left, or there is no ledger. */
export async function findFinished(
  { ledger }: Pick<Sending, 'ledger'>,
  row: CampaignRow,
  chunk: ClosableChunk,
): Promise<FinishedChunk | undefined> {
  const states =
    chunk.states ??
    Buffer.concat(
      await Promise.all(
        row.channels.map((_, index) =>
          ledger.readStates(row.batch_id, index, row.total_users, chunk),
        ),
      ),
    );
  // An empty answer is a ledger that is gone, not a chunk that is finished.
  const isWhole = states.length === chunk.count * row.channels.length;
  return isWhole && states.every(isFinished) ? { ...chunk, states } : undefined;
}

/** By state number. */
const IS_TERMINAL = RECIPIENT_STATES.map(isTerminalState);
const isFinished = (byte: number): boolean => IS_TERMINAL[byte & 0x0f] ?? false;
