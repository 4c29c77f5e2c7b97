import type { CampaignRecipient, ChannelKind, RecipientStatus } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import { type RecipientState, readRecipientByte } from '@cloudphone/redis';
import type { DeliveryProblemTable } from '../schema.ts';
import type { CampaignTools } from './campaign-tools.ts';
import { CHUNK_SIZE, rangeOfChunk, unpackIds } from './freeze-audience.ts';
import type { CampaignRow } from './present-progress.ts';
import { statesKnown } from './states-known.ts';

interface Place {
  readonly channelIndex: number;
  readonly ordinal: number;
}

export interface PlacedRecipient {
  readonly place: Place;
  readonly recipient: CampaignRecipient;
}

interface Walk {
  readonly status?: RecipientStatus | undefined;
  readonly channel?: ChannelKind | undefined;
  readonly after: Place;
  /** Unlimited unless told; then the walk may end early and says where. */
  readonly maxChunks?: number;
}

/** Chunks read in one query: memory stays the same for any audience. */
const CHUNKS_AT_ONCE = 20;

/**
 * Everybody of a campaign in its frozen order, channel by channel: the ledger's states while it has
 * them, else those that PostgreSQL has mirrored. Costs three queries for two thousand recipients.
 */
export async function* walkRecipients(
  row: CampaignRow,
  tools: Pick<CampaignTools, 'db' | 'ledger' | 'logger'>,
  walk: Walk,
): AsyncGenerator<PlacedRecipient | { readonly stoppedAt: Place }> {
  if (row.frozen_at === null) return;
  let read = 0;
  for (const [channelIndex, channel] of row.channels.entries()) {
    if (walk.channel !== undefined && walk.channel !== channel) continue;
    if (channelIndex < walk.after.channelIndex) continue;
    const after = channelIndex === walk.after.channelIndex ? walk.after.ordinal : -1;
    let chunk = Math.floor((after + 1) / CHUNK_SIZE);
    for (; chunk < row.chunk_count; chunk += CHUNKS_AT_ONCE) {
      if (walk.maxChunks !== undefined && read >= walk.maxChunks) {
        yield { stoppedAt: { channelIndex, ordinal: chunk * CHUNK_SIZE - 1 } };
        return;
      }
      read += CHUNKS_AT_ONCE;
      const recipients = await readStretch(row, tools, { channel, channelIndex, chunk });
      for (const { ordinal, recipient } of recipients) {
        if (ordinal <= after) continue;
        if (walk.status !== undefined && recipient.status !== walk.status) continue;
        yield { place: { channelIndex, ordinal }, recipient };
      }
    }
  }
}

interface Stretch {
  readonly channel: ChannelKind;
  readonly channelIndex: number;
  /** The first of `CHUNKS_AT_ONCE`. */
  readonly chunk: number;
}

async function readStretch(
  row: CampaignRow,
  tools: Pick<CampaignTools, 'db' | 'ledger' | 'logger'>,
  { channel, channelIndex, chunk }: Stretch,
): Promise<{ readonly ordinal: number; readonly recipient: CampaignRecipient }[]> {
  const { db } = tools;
  const end = Math.min(chunk + CHUNKS_AT_ONCE, row.chunk_count);
  const [audience, deliveries, problems] = await Promise.all([
    db
      .selectFrom('audience_chunks')
      .select(['chunk', 'recipients'])
      .where('batch_id', '=', row.batch_id)
      .where('chunk', '>=', chunk)
      .where('chunk', '<', end)
      .orderBy('chunk')
      .execute(),
    db
      .selectFrom('deliveries')
      .select(['chunk', statesKnown().as('states')])
      .where('batch_id', '=', row.batch_id)
      .where('channel', '=', channel)
      .where('chunk', '>=', chunk)
      .where('chunk', '<', end)
      .execute(),
    db
      .selectFrom('delivery_problems')
      .selectAll()
      .where('batch_id', '=', row.batch_id)
      .where('channel', '=', channel)
      .where('ordinal', '>=', chunk * CHUNK_SIZE)
      .where('ordinal', '<', end * CHUNK_SIZE)
      .execute(),
  ]);
  const mirrored = new Map(deliveries.map(({ chunk: number, states }) => [number, states]));
  const problemAt = new Map(problems.map((problem) => [problem.ordinal, problem]));
  const live = await readLive(row, tools, { channelIndex, chunk, end });
  return audience.flatMap(({ chunk: number, recipients }) => {
    const from = number * CHUNK_SIZE;
    const states = mirrored.get(number);
    return unpackIds(recipients).map((userId, index) => {
      const ordinal = from + index;
      const byte = live?.[ordinal - chunk * CHUNK_SIZE] ?? states?.[index];
      const seen = byte === undefined ? undefined : readRecipientByte(byte);
      const status = statusOf(row, seen?.state);
      const recipient = present(userId, channel, {
        status,
        attempts: seen?.attempts ?? 0,
        problem: problemAt.get(ordinal),
      });
      return { ordinal, recipient };
    });
  });
}

/** Undefined when the campaign is over, its ledger is gone or Redis is away. */
async function readLive(
  row: CampaignRow,
  { ledger, logger }: Pick<CampaignTools, 'ledger' | 'logger'>,
  stretch: { readonly channelIndex: number; readonly chunk: number; readonly end: number },
): Promise<Buffer | undefined> {
  if (row.result !== null || row.started_at === null) return undefined;
  const { from } = rangeOfChunk(stretch.chunk, row.total_users);
  const count = Math.min(stretch.end * CHUNK_SIZE, row.total_users) - from;
  try {
    const { batch_id: batchId, total_users: total } = row;
    const live = await ledger.readProgress(batchId);
    if (live?.run === undefined) return undefined;
    const range = { from, count };
    const states = await ledger.readStates(batchId, stretch.channelIndex, total, range);
    return states.length === count ? states : undefined;
  } catch (err) {
    logger.warn({ err, batchId: row.batch_id }, 'recipients are read from the mirror');
    return undefined;
  }
}

function statusOf(row: CampaignRow, state: RecipientState | undefined): RecipientStatus {
  if (state === 'claimed' || state === 'retry-wait') return 'pending';
  if (state !== undefined && state !== 'pending') return state;
  // Of a campaign that ended before it began the mirror knows only whom it skipped.
  return row.status === 'cancelled' && row.result !== null ? 'cancelled' : 'pending';
}

function present(
  userId: string,
  channel: ChannelKind,
  seen: {
    readonly status: RecipientStatus;
    readonly attempts: number;
    readonly problem: Selectable<DeliveryProblemTable> | undefined;
  },
): CampaignRecipient {
  const { status, attempts } = seen;
  // What went wrong in an earlier round is over.
  const problem = seen.problem?.state === status ? seen.problem : undefined;
  return {
    userId,
    channel,
    status,
    attempts: Math.max(attempts, problem?.attempts ?? 0),
    code: problem?.code ?? null,
    detail: problem?.detail ?? null,
    at: problem?.at.toISOString() ?? null,
  };
}
