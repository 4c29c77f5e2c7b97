import type { ChannelKind } from '@cloudphone/contracts';
import {
  isTerminalState,
  type LedgerProgress,
  RECIPIENT_STATES,
  type RecipientState,
  readRecipientByte,
  type StateCounts,
} from '@cloudphone/redis';

/** How far a campaign is: people by the best of their channels, and each channel by itself. */
export interface CampaignCounts {
  readonly processed: number;
  readonly people: StateCounts;
  readonly channels: Readonly<Partial<Record<ChannelKind, StateCounts>>>;
}

/** The ledger's counters, its channels by their names. */
export function countsOfLedger(
  progress: LedgerProgress,
  channels: readonly ChannelKind[],
): CampaignCounts {
  const { processed, people } = progress;
  const named = channels.map((kind, index) => [kind, progress.channels[index] ?? noCounts()]);
  return { processed, people, channels: Object.fromEntries(named) };
}

/** Best first: what a person counts as. */
const BEST_FIRST = ['sent', 'unknown', 'failed', 'skipped', 'cancelled'] as const;

/**
 * The same from mirrored chunks, when there is no ledger to ask; what is not mirrored counts as
 * pending. Costs a pass over all recipients.
 */
export function countsOfMirror(
  rows: readonly {
    readonly chunk: number;
    readonly channel: ChannelKind;
    readonly states: Buffer;
  }[],
  channels: readonly ChannelKind[],
  total: number,
): CampaignCounts {
  const counts = Object.fromEntries(channels.map((kind) => [kind, noCounts()]));
  const byChunk = new Map<number, (typeof rows)[number][]>();
  for (const row of rows) byChunk.set(row.chunk, [...(byChunk.get(row.chunk) ?? []), row]);
  const people = noCounts();
  let processed = 0;
  for (const chunkRows of byChunk.values()) {
    const states = chunkRows.map((row) =>
      [...row.states].map((byte) => readRecipientByte(byte).state),
    );
    chunkRows.forEach((row, index) => {
      for (const state of states[index] ?? []) add(counts[row.channel], state);
    });
    if (chunkRows.length < channels.length) continue;
    for (let recipient = 0; recipient < (states[0]?.length ?? 0); recipient += 1) {
      const own = states.map((channel) => channel[recipient] ?? 'pending');
      const best = BEST_FIRST.find((state) => own.includes(state));
      if (best === undefined || !own.every(isTerminalState)) continue;
      add(people, best);
      processed += 1;
    }
  }
  for (const kind of channels) {
    const known = Object.values(counts[kind] ?? {}).reduce((sum, count) => sum + count, 0);
    add(counts[kind], 'pending', total - known);
  }
  return { processed, people, channels: counts };
}

type MutableCounts = { -readonly [State in RecipientState]: number };

function noCounts(): MutableCounts {
  return Object.fromEntries(RECIPIENT_STATES.map((state) => [state, 0])) as MutableCounts;
}

function add(counts: MutableCounts | undefined, state: RecipientState, by = 1): void {
  if (counts !== undefined) counts[state] += by;
}
