import type { RedisConnection } from '../connection.ts';
import { keys } from '../keys.ts';
import {
  type ClaimAnswer,
  claimArguments,
  commitArguments,
  type LandingAnswer,
  presentClaim,
  presentLanding,
} from './claim-arguments.ts';
import type { LedgerFence, LedgerRange, LedgerStep, LedgerStepEnd } from './claims.ts';
import { ledgerCommands } from './ledger-commands.ts';
import { type LedgerMode, type LedgerProgress, parseLedgerProgress } from './ledger-progress.ts';

/** Which ledger is being told again what happened, for which life of Redis and which round. */
export interface LedgerRebuild {
  readonly batchId: string;
  readonly run: string;
  readonly round: number;
}

export interface NumberedRange extends LedgerRange {
  readonly chunk: number;
}

/**
 * The record of a campaign while it runs: one byte for each recipient and channel, and counters that
 * are never apart from them. Every change is one Lua command and may be repeated. Fails as Redis
 * fails; nothing is kept in this process.
 */
export interface CampaignLedger {
  /** Everybody pending. True when it was created; one of this round or a later one is left as it is. */
  open(
    batchId: string,
    facts: {
      readonly total: number;
      readonly channels: number;
      readonly chunks: number;
      readonly epoch: number;
      readonly mode: LedgerMode;
      /** 1 unless told. */
      readonly round?: number;
    },
  ): Promise<boolean>;
  /** From now on claims that name this run are granted. False when there is no ledger of this round. */
  activate(rebuild: LedgerRebuild): Promise<boolean>;
  /** A later epoch with its mode; an earlier or equal one changes nothing. False: no ledger. */
  setMode(batchId: string, epoch: number, mode: LedgerMode): Promise<boolean>;
  /** Shown in its progress for `forMs`: what its senders wait for. */
  noteLimit(batchId: string, name: string, forMs: number): Promise<void>;
  /** Fills the window of outstanding chunks; `isRepair` names those that were open already, too. */
  openChunks(
    fence: LedgerFence,
    options: { readonly window: number; readonly isRepair: boolean },
  ): Promise<readonly number[]>;
  /**
   * Lands commits, then grants claims, unless the campaign was paused, cancelled or rebuilt meanwhile:
   * then only commits land. One command, so some ten at most.
   */
  step(fence: LedgerFence, step: LedgerStep): Promise<LedgerStepEnd>;
  /** Ends what nobody has begun in a slice of a cancelled campaign. */
  cancelSlice(
    batchId: string,
    range: LedgerRange,
  ): Promise<{ readonly stillClaimed: number; readonly isFinished: boolean } | undefined>;
  /** Both only before `activate`; they return how many recipients they settled. */
  doubtChunk(rebuild: LedgerRebuild, channel: number, range: LedgerRange): Promise<number>;
  /** Whom `bytes` calls pending is left as they are. */
  restoreChunk(
    rebuild: LedgerRebuild,
    channel: number,
    range: LedgerRange,
    bytes: Buffer,
  ): Promise<number>;
  /** After their states are mirrored; those with somebody left are passed over. Undefined: no ledger. */
  closeChunks(
    batchId: string,
    chunks: readonly NumberedRange[],
  ): Promise<
    | { readonly closed: number; readonly stillOpen: number; readonly areAllClosed: boolean }
    | undefined
  >;
  /** Constant cost. Undefined: no ledger. */
  readProgress(batchId: string): Promise<LedgerProgress | undefined>;
  /** The bytes of a range in one channel (recipient-states.ts reads them). */
  readStates(batchId: string, channel: number, total: number, range: LedgerRange): Promise<Buffer>;
  /** Of the first `chunks`, those that `closeChunks` has not closed. */
  listUnclosedChunks(batchId: string, chunks: number): Promise<readonly number[]>;
  /** Redis forgets the round's ledger after `ttlMs`; another round's it keeps. */
  expire(batchId: string, round: number, ttlMs: number): Promise<void>;
  /**
   * Names the present life of this data: it changes with every restart and fail-over, and (by the
   * replication id) when the same process comes back from having been a replica of one with less.
   */
  readRunId(): Promise<string>;
}

export function createCampaignLedger(connection: RedisConnection): CampaignLedger {
  const { client } = connection;
  const run = async (
    command: keyof typeof ledgerCommands,
    batchId: string,
    args: readonly (string | number | Buffer)[],
  ): Promise<unknown> => ledgerCommands[command](client, keysOf(batchId), args);
  const numbers = async (...call: Parameters<typeof run>) => (await run(...call)) as number[];

  return {
    open: async (batchId, { total, channels, chunks, epoch, mode, round = 1 }) =>
      (await run('open', batchId, [total, channels, chunks, epoch, mode, round])) === 1,
    activate: async (rebuild) =>
      (await run('activate', rebuild.batchId, [rebuild.run, rebuild.round])) === 1,
    setMode: async (batchId, epoch, mode) => (await run('setMode', batchId, [epoch, mode])) !== -1,
    noteLimit: async (batchId, name, forMs) => {
      await run('noteLimit', batchId, [name, forMs]);
    },
    openChunks: async (fence, { window, isRepair }) => {
      const args = [fence.run, fence.epoch, window, isRepair ? 'all' : 'new'];
      return (await numbers('openChunks', fence.batchId, args)).map(Number);
    },
    step: async ({ batchId, run: runId, epoch }, { commits, claims, leaseMs }) => {
      const [landings, granted, isOpen] = (await run('step', batchId, [
        ...[runId, epoch, leaseMs, commits.length],
        ...commits.flatMap(commitArguments),
        ...claims.flatMap(claimArguments),
      ])) as [LandingAnswer[], ClaimAnswer[], number];
      return {
        commits: commits.map((_, index) => presentLanding(landings[index])),
        claims: isOpen === 1 ? granted.map(presentClaim) : undefined,
      };
    },
    cancelSlice: async (batchId, { from, count }) => {
      const [stillClaimed = -1, isFinished] = await numbers('cancelSlice', batchId, [from, count]);
      return stillClaimed === -1 ? undefined : { stillClaimed, isFinished: isFinished === 1 };
    },
    doubtChunk: async ({ batchId, run: runId, round }, channel, { from, count }) =>
      Number(await run('doubtChunk', batchId, [runId, round, channel, from, count])),
    restoreChunk: async ({ batchId, run: runId, round }, channel, { from, count }, bytes) =>
      Number(await run('restoreChunk', batchId, [runId, round, channel, from, count, bytes])),
    closeChunks: async (batchId, chunks) => {
      const args = chunks.flatMap(({ chunk, from, count }) => [chunk, from, count]);
      const [closed = -1, stillOpen = 0, all] = await numbers('closeChunks', batchId, args);
      return closed === -1 ? undefined : { closed, stillOpen, areAllClosed: all === 1 };
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
    expire: async (batchId, round, ttlMs) => {
      await run('expire', batchId, [round, ttlMs]);
    },
    readRunId: async () => {
      const told = await client.info('server', 'replication');
      const runId = /^run_id:(\w+)/m.exec(told)?.[1];
      const replicationId = /^master_replid:(\w+)/m.exec(told)?.[1];
      if (!runId || !replicationId) throw new Error('INFO names no run_id or no master_replid');
      return `${runId}:${replicationId}`;
    },
  };
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
