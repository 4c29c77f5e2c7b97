import type { JobTools } from '@cloudphone/jobs';
import type { LedgerRange } from '@cloudphone/redis';
import { rangeOfChunk } from '../campaigns/freeze-audience.ts';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import type { Channel } from '../channels/channel.ts';
import type { ChunkData } from './chunk-job.ts';
import { closeChunks } from './close-chunks.ts';
import { fillWindow } from './fill-window.ts';
import { finishCampaign } from './finish-campaign.ts';
import { loadChunk, type TemplateCache } from './load-chunk.ts';
import { recordProblems } from './record-problems.ts';
import { committed, type LoadedChunk, sendGroup, userIdOf } from './send-group.ts';
import type { Sending } from './sending.ts';

/** Small, because a crash leaves at most one group a slot in doubt, and a pause waits for one. */
const GROUP_SIZE = 10;
/** Longer than any channel's time for one message; shorter than a dead worker's job is held. */
const LEASE_MS = 10_000;
/** Claims that may run out on one recipient before it is taken for what kills workers. */
const MAX_CLAIMS = 5;
/** After that a slot is given to whoever waits. */
const TIME_BOX_MS = 1_000;

/** How a pass through one channel of a chunk ended. */
type PassEnd = 'fenced' | { readonly moreInMs: number | undefined };

/** Runs chunk jobs. It throws for infrastructure only; whatever else happens is in the ledger. */
export function createChunkSender(sending: Sending) {
  const templates: TemplateCache = new Map();

  return async ({ batchId, chunk, epoch }: ChunkData, tools: JobTools): Promise<void> => {
    const row = await sending.db
      .selectFrom('campaigns')
      .selectAll()
      .where('batch_id', '=', batchId)
      .executeTakeFirst();
    if (row === undefined || row.result !== null || row.epoch !== epoch) return;
    const loaded = await loadChunk(sending, row, chunk, templates);
    if (loaded === undefined) return;

    const endsAtMs = sending.clock.monotonicMs() + TIME_BOX_MS;
    const isTimeUp = () => tools.signal.aborted || sending.clock.monotonicMs() > endsAtMs;
    let moreInMs: number | undefined;
    for (const kind of row.channels) {
      const channel = sending.channels[kind];
      if (channel === undefined) throw new Error(`the ${kind} channel is not configured here`);
      const end = await sendThrough(sending, { row, chunk, loaded, channel, isTimeUp });
      if (end === 'fenced') return;
      moreInMs = earlier(moreInMs, end.moreInMs);
    }
    if (moreInMs !== undefined) return tools.continueIn(moreInMs);
    const areAllClosed = await closeChunks(sending, row, [chunk]);
    if (areAllClosed) await finishCampaign(sending, batchId);
    else await fillWindow(sending, row, { isRepair: false });
  };
}

interface Pass {
  readonly row: CampaignRow;
  readonly chunk: number;
  readonly loaded: LoadedChunk;
  readonly channel: Channel;
  readonly isTimeUp: () => boolean;
}

/** Claims, sends and commits group by group until nobody is left to claim, or time is up. */
async function sendThrough(sending: Sending, pass: Pass): Promise<PassEnd> {
  const { row, chunk, loaded, channel } = pass;
  const { ledger, clock } = sending;
  const range: LedgerRange = rangeOfChunk(chunk, row.total_users);
  const index = row.channels.indexOf(channel.kind);
  await recordIntent(sending, pass);
  for (;;) {
    if (pass.isTimeUp()) return { moreInMs: 0 };
    const run = await sending.currentRun();
    // Taken before the claim is sent: never later than the lease that Redis counts.
    const leaseEndMs = clock.monotonicMs() + LEASE_MS;
    const fence = { batchId: row.batch_id, epoch: row.epoch, run };
    const claim = await ledger.claim(fence, index, range, {
      groupSize: GROUP_SIZE,
      leaseMs: LEASE_MS,
      isRepeatable: channel.isRepeatable,
      maxClaims: MAX_CLAIMS,
    });
    if (claim === undefined) return 'fenced';
    await recordDoubted(sending, pass, claim.doubted);
    if (claim.recipients.length === 0) return { moreInMs: claim.moreInMs };
    const mayBegin = () => clock.monotonicMs() + channel.sendTimeoutMs < leaseEndMs;
    const delivered = await sendGroup(loaded, channel, claim.recipients, mayBegin);
    await recordProblems(sending, row.batch_id, channel.kind, delivered);
    await ledger.commit(row.batch_id, claim.number, index, range, delivered.map(committed));
  }
}

/** Before the first claim: should Redis forget the chunk, this says that sending had begun. */
async function recordIntent({ db, currentRun }: Sending, pass: Pass): Promise<void> {
  await db
    .insertInto('deliveries')
    .values({
      batch_id: pass.row.batch_id,
      chunk: pass.chunk,
      channel: pass.channel.kind,
      intended_run: await currentRun(),
      states: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function recordDoubted(
  sending: Sending,
  { row, loaded, channel }: Pass,
  ordinals: readonly number[],
): Promise<void> {
  const delivered = ordinals.map((ordinal) => ({
    ordinal,
    userId: userIdOf(loaded, ordinal),
    attempt: 0,
    outcome: {
      kind: 'unknown' as const,
      code: 'claim_expired',
      detail: 'a worker ended while it was sending',
    },
  }));
  await recordProblems(sending, row.batch_id, channel.kind, delivered);
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
