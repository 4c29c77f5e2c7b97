import type { ChannelKind } from '@cloudphone/contracts';
import { isTerminalState, RECIPIENT_STATES, readRecipientByte } from '@cloudphone/redis';
import { countChunks, rangeOfChunk } from '../campaigns/freeze-audience.ts';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import { channelOf } from './channel-of.ts';
import { modeOf } from './ledger-mode.ts';
import { findReopened, type Reopened } from './rounds/find-reopened.ts';
import type { Sending } from './sending.ts';

/** Deliveries told to the ledger at once. */
const AT_ONCE = 100;

/**
 * Opens a campaign's ledger for its round, or tells one that Redis lost, wholly or in its last second,
 * what PostgreSQL knows: mirrored chunks ended as they ended, but for those that this round began
 * again. Where a repeat would be a second message, whoever's group was begun and not told of since is
 * unknown; where it would not, whoever is not accounted for is sent to (again). Does nothing to a
 * ledger of this round and this life of Redis.
 */
export async function prepareLedger(sending: Sending, row: CampaignRow): Promise<void> {
  const { ledger } = sending;
  const { batch_id: batchId, total_users: total, round } = row;
  const run = await sending.currentRun();
  const before = await ledger.readProgress(batchId);
  if (before?.run === run && before.round === round) return;
  await ledger.open(batchId, {
    total,
    channels: row.channels.length,
    chunks: countChunks(total),
    epoch: row.epoch,
    mode: modeOf(row),
    round,
  });
  const known = await readDeliveries(sending, row);
  await requireRun(sending, run);
  for (let from = 0; from < known.length; from += AT_ONCE) {
    await Promise.all(
      known.slice(from, from + AT_ONCE).map(async (delivery) => {
        const range = rangeOfChunk(delivery.chunk, total);
        const place = [
          { batchId, run, round },
          row.channels.indexOf(delivery.channel),
          range,
        ] as const;
        if (delivery.states !== null) await ledger.restoreChunk(...place, delivery.states);
        if (delivery.isDoubtful) await ledger.doubtChunk(...place);
      }),
    );
  }
  const mirrored = new Set(known.filter(({ isOver }) => isOver).map(({ chunk }) => chunk));
  const closable = [...mirrored].map((chunk) => ({ chunk, ...rangeOfChunk(chunk, total) }));
  for (let from = 0; from < closable.length; from += AT_ONCE) {
    await ledger.closeChunks(batchId, closable.slice(from, from + AT_ONCE));
  }
  await requireRun(sending, run);
  await ledger.activate({ batchId, run, round });
}

/** Throws when Redis has begun another life meanwhile, which others may have told everything already. */
async function requireRun({ ledger }: Pick<Sending, 'ledger'>, run: string): Promise<void> {
  if ((await ledger.readRunId()) !== run) throw new Error('redis restarted while it was told');
}

interface KnownDelivery {
  readonly chunk: number;
  readonly channel: ChannelKind;
  /** As the ledger is to be told; null when nothing is mirrored. */
  readonly states: Buffer | null;
  /** Sending had begun, and nothing is known of anybody (as earlier versions recorded it). */
  readonly isDoubtful: boolean;
  /** This round has nothing left to do in it. */
  readonly isOver: boolean;
}

async function readDeliveries(sending: Sending, row: CampaignRow): Promise<KnownDelivery[]> {
  // Before the mirror: what a chunk that is told of in between settles is taken off this list.
  const reopened = await findReopened(sending.db, row);
  const deliveries = await sending.db
    .selectFrom('deliveries')
    .selectAll()
    .where('batch_id', '=', row.batch_id)
    .execute();
  return deliveries.map((delivery) => {
    const { chunk, channel, states, mirrored_round: mirrored, begun_states: begun } = delivery;
    const again = mirrored < row.round ? reopened(chunk, channel) : [];
    const hasBegun = delivery.intended_round === row.round && mirrored < row.round;
    const { isRepeatable } = channelOf(sending, row, channel);
    const isHalfKnown = hasBegun && begun !== null;
    return {
      chunk,
      channel,
      states: isHalfKnown ? afterLoss(begun, isRepeatable) : states && withPending(states, again),
      isDoubtful: hasBegun && !isHalfKnown && !isRepeatable,
      isOver: states !== null && again.length === 0,
    };
  });
}

/** What can be said of those whom a forgotten ledger called claimed, or waiting for another attempt. */
function afterLoss(begun: Buffer, isRepeatable: boolean): Buffer {
  return Buffer.from(begun).map((byte) => {
    const { state } = readRecipientByte(byte);
    if (isTerminalState(state)) return byte;
    if (state !== 'claimed' || isRepeatable) return PENDING_BYTE;
    return (byte & ATTEMPTS_BITS) | RECIPIENT_STATES.indexOf('unknown');
  }) as Buffer;
}

const ATTEMPTS_BITS = 0xf0;

const PENDING_BYTE = 0;

function withPending(states: Buffer, again: Reopened): Buffer {
  const bytes = Buffer.from(states);
  for (const offset of again) bytes[offset] = PENDING_BYTE;
  return bytes;
}
