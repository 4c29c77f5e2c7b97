import type { RedisConnection } from '../connection.ts';
import { keys } from '../keys.ts';
import { ledgerCommands } from './ledger-commands.ts';
import { type LedgerMode, type LedgerProgress, parseLedgerProgress } from './ledger-progress.ts';
import { type CommittedState, numberOfState } from './recipient-states.ts';

/** Which ledger a worker means, and which epoch and life of Redis it knows. */
export interface LedgerFence {
  readonly batchId: string;
  readonly epoch: number;
  /** From `readRunId`; a ledger of another life grants nothing until it is activated again. */
  readonly run: string;
}

/** A stretch of recipients: a chunk, or a slice. */
export interface LedgerRange {
  readonly from: number;
  readonly count: number;
}

export interface Claim {
  /** Names this claim in its commit; 0 when nobody was left to claim. */
  readonly number: number;
  readonly recipients: readonly { readonly ordinal: number; readonly attempt: number }[];
  /** Recipients given up as unknown because an earlier claim of theirs ran out. */
  readonly doubted: readonly number[];
  /** Until more of this range may be claimed (a retry falls due, a lease ends); 0: now. */
  readonly moreInMs: number | undefined;
  readonly isFinished: boolean;
}

export interface CommittedRecipient {
  readonly ordinal: number;
  readonly state: CommittedState;
  /** For retry-wait: until the next attempt. */
  readonly retryInMs?: number;
  /** False gives the attempt back: the provider was away, not the recipient at fault. */
  readonly countsAsAttempt?: boolean;
}

/**
 * The record of a campaign while it runs: one byte for each recipient and channel, and counters that
 * are never apart from them. Every change is one Lua command and may be repeated. Fails as Redis
 * fails; nothing is kept in this process.
 */
export interface CampaignLedger {
  /** Everybody pending. True when it was created; a ledger that is there is left as it is. */
  open(
    batchId: string,
    facts: {
      readonly total: number;
      readonly channels: number;
      readonly chunks: number;
      readonly epoch: number;
      readonly mode: LedgerMode;
    },
  ): Promise<boolean>;
  /** From now on claims that name this run are granted. False when there is no ledger. */
  activate(batchId: string, run: string): Promise<boolean>;
  /** A later epoch with its mode; an earlier or equal one changes nothing. False: no ledger. */
  setMode(batchId: string, epoch: number, mode: LedgerMode): Promise<boolean>;
  /** Fills the window of outstanding chunks; `isRepair` names those that were open already, too. */
  openChunks(
    fence: LedgerFence,
    options: { readonly window: number; readonly isRepair: boolean },
  ): Promise<readonly number[]>;
  /** Undefined: fenced; the campaign was paused, cancelled or rebuilt meanwhile. */
  claim(
    fence: LedgerFence,
    channel: number,
    range: LedgerRange,
    options: {
      readonly groupSize: number;
      readonly leaseMs: number;
      readonly isRepeatable: boolean;
      readonly maxClaims: number;
    },
  ): Promise<Claim | undefined>;
  /** `landed` counts the recipients that this claim still held; undefined: no ledger. */
  commit(
    batchId: string,
    claimNumber: number,
    channel: number,
    range: LedgerRange,
    recipients: readonly CommittedRecipient[],
  ): Promise<{ readonly landed: number; readonly isFinished: boolean } | undefined>;
  /** Ends what nobody has begun in a slice of a cancelled campaign. */
  cancelSlice(
    batchId: string,
    range: LedgerRange,
  ): Promise<{ readonly stillClaimed: number; readonly isFinished: boolean } | undefined>;
  /** Both only before `activate(batchId, run)`; they return how many recipients they settled. */
  doubtChunk(batchId: string, run: string, channel: number, range: LedgerRange): Promise<number>;
  restoreChunk(
    batchId: string,
    run: string,
    channel: number,
    range: LedgerRange,
    bytes: Buffer,
  ): Promise<number>;
  /** After its states are mirrored. Undefined: no ledger. */
  closeChunk(
    batchId: string,
    chunk: number,
    range: LedgerRange,
  ): Promise<{ readonly isClosed: boolean; readonly areAllClosed: boolean } | undefined>;
  /** Constant cost. Undefined: no ledger. */
  readProgress(batchId: string): Promise<LedgerProgress | undefined>;
  /** The bytes of a range in one channel (recipient-states.ts reads them). */
  readStates(batchId: string, channel: number, total: number, range: LedgerRange): Promise<Buffer>;
  /** Of the first `chunks`, those that `closeChunk` has not closed. */
  listUnclosedChunks(batchId: string, chunks: number): Promise<readonly number[]>;
  /** Redis forgets the ledger after `ttlMs`. */
  expire(batchId: string, ttlMs: number): Promise<void>;
  /** Names the present life of the Redis process: it changes with every restart and fail-over. */
  readRunId(): Promise<string>;
}

export function createCampaignLedger(connection: RedisConnection): CampaignLedger {
  const { client } = connection;
  const run = async (
    command: keyof typeof ledgerCommands,
    batchId: string,
    args: readonly (string | number)[],
  ): Promise<unknown> => ledgerCommands[command](client, keysOf(batchId), args);
  const numbers = async (...call: Parameters<typeof run>) => (await run(...call)) as number[];

  return {
    open: async (batchId, { total, channels, chunks, epoch, mode }) =>
      (await run('open', batchId, [total, channels, chunks, epoch, mode])) === 1,
    activate: async (batchId, runId) => (await run('activate', batchId, [runId])) === 1,
    setMode: async (batchId, epoch, mode) => (await run('setMode', batchId, [epoch, mode])) !== -1,
    openChunks: async (fence, { window, isRepair }) => {
      const args = [fence.run, fence.epoch, window, isRepair ? 'all' : 'new'];
      return (await numbers('openChunks', fence.batchId, args)).map(Number);
    },
    claim: async (fence, channel, { from, count }, options) => {
      const answer = (await run('claim', fence.batchId, [
        ...[fence.run, fence.epoch, channel, from, count, options.groupSize, options.leaseMs],
        ...[options.isRepeatable ? 1 : 0, options.maxClaims],
      ])) as ClaimAnswer;
      return answer[0] === 'fenced' ? undefined : presentClaim(answer);
    },
    commit: async (batchId, claimNumber, channel, { from, count }, recipients) => {
      const [landed = -1, isFinished] = await numbers('commit', batchId, [
        ...[claimNumber, channel, from, count],
        ...recipients.flatMap(commitArguments),
      ]);
      return landed === -1 ? undefined : { landed, isFinished: isFinished === 1 };
    },
    cancelSlice: async (batchId, { from, count }) => {
      const [stillClaimed = -1, isFinished] = await numbers('cancelSlice', batchId, [from, count]);
      return stillClaimed === -1 ? undefined : { stillClaimed, isFinished: isFinished === 1 };
    },
    doubtChunk: async (batchId, runId, channel, { from, count }) =>
      Number(await run('doubtChunk', batchId, [runId, channel, from, count])),
    restoreChunk: async (batchId, runId, channel, { from, count }, bytes) => {
      const args = [runId, channel, from, count, bytes.toString('hex')];
      return Number(await run('restoreChunk', batchId, args));
    },
    closeChunk: async (batchId, chunk, { from, count }) => {
      const [closed = -1, all] = await numbers('closeChunk', batchId, [chunk, from, count]);
      return closed === -1 ? undefined : { isClosed: closed === 1, areAllClosed: all === 1 };
    },
    readProgress: async (batchId) =>
      parseLedgerProgress(await client.hgetall(keys.campaign.ledger(batchId))),
    readStates: (batchId, channel, total, { from, count }) => {
      const start = channel * total + from;
      return client.getrangeBuffer(keys.campaign.states(batchId), start, start + count - 1);
    },
    listUnclosedChunks: async (batchId, chunks) => {
      const bitmap = await client.getBuffer(keys.campaign.doneChunks(batchId));
      const isDone = (chunk: number) => ((bitmap?.[chunk >> 3] ?? 0) & (0x80 >> (chunk & 7))) !== 0;
      return Array.from({ length: chunks }, (_, chunk) => chunk).filter((chunk) => !isDone(chunk));
    },
    expire: async (batchId, ttlMs) => {
      await Promise.all(keysOf(batchId).map((key) => client.pexpire(key, ttlMs)));
    },
    readRunId: async () => {
      const runId = /^run_id:(\w+)/m.exec(await client.info('server'))?.[1];
      if (runId === undefined) throw new Error('INFO server names no run_id');
      return runId;
    },
  };
}

type ClaimAnswer =
  | ['fenced']
  | ['open', number | string, number, number, readonly number[], readonly number[]];

function presentClaim(answer: Exclude<ClaimAnswer, ['fenced']>): Claim {
  const [, claimNumber, moreInMs, isFinished, taken, doubted] = answer;
  const recipients: { ordinal: number; attempt: number }[] = [];
  for (let index = 0; index < taken.length; index += 2) {
    recipients.push({ ordinal: Number(taken[index]), attempt: Number(taken[index + 1]) });
  }
  return {
    number: Number(claimNumber),
    recipients,
    doubted,
    moreInMs: moreInMs === -1 ? undefined : moreInMs,
    isFinished: isFinished === 1,
  };
}

function commitArguments(recipient: CommittedRecipient): (string | number)[] {
  return [
    recipient.ordinal,
    numberOfState(recipient.state),
    Math.max(0, Math.round(recipient.retryInMs ?? 0)),
    recipient.countsAsAttempt === false ? 0 : 1,
  ];
}

function keysOf(batchId: string): string[] {
  const { campaign } = keys;
  return [
    campaign.ledger(batchId),
    campaign.states(batchId),
    campaign.holds(batchId),
    campaign.openChunks(batchId),
    campaign.doneChunks(batchId),
  ];
}
