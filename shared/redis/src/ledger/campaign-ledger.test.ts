import { silentLogger } from '@cloudphone/runtime';
import { testRedis } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connectRedis, type RedisConnection, whenReady } from '../connection.ts';
import { keys } from '../keys.ts';
import { type CampaignLedger, createCampaignLedger } from './campaign-ledger.ts';
import type { Claim, CommittedRecipient } from './claims.ts';

const HOUR_MS = 3_600_000;
const RUN = 'run1';
let connection: RedisConnection;
let ledger: CampaignLedger;
let batches = 0;

beforeAll(async () => {
  const redis = await testRedis({ persistent: false });
  connection = connectRedis({
    url: redis.url,
    name: 'test',
    manner: 'fail-fast',
    commandTimeoutMs: 20_000,
    logger: silentLogger,
  });
  await whenReady(connection, 5_000);
  ledger = createCampaignLedger(connection);
  return () => connection.close();
});

const keysOfLedger = (batchId: string) => [
  keys.campaign.ledger(batchId),
  keys.campaign.states(batchId),
  keys.campaign.doneChunks(batchId),
];

async function openBatch(total: number, channels = 1): Promise<string> {
  batches += 1;
  const batchId = `batch-${batches}`;
  const chunks = Math.ceil(total / 10);
  await ledger.open(batchId, { total, channels, chunks, epoch: 1, mode: 'running' });
  await ledger.activate({ batchId, run: RUN, round: 1 });
  return batchId;
}

const claimOf = async (
  batchId: string,
  options: {
    epoch?: number;
    run?: string;
    channel?: number;
    from?: number;
    count?: number;
    leaseMs?: number;
    isRepeatable?: boolean;
    groupSize?: number;
  } = {},
): Promise<Claim | undefined> => {
  const terms = {
    channel: options.channel ?? 0,
    range: { from: options.from ?? 0, count: options.count ?? 10 },
    groupSize: options.groupSize ?? 10,
    isRepeatable: options.isRepeatable ?? true,
    maxClaims: 5,
  };
  const fence = { batchId, epoch: options.epoch ?? 1, run: options.run ?? RUN };
  const { leaseMs = HOUR_MS } = options;
  return (await ledger.step(fence, { commits: [], claims: [terms], leaseMs })).claims?.[0];
};

const commitOf = async (
  batchId: string,
  claim: Claim | undefined,
  { channel = 0, count = 10 }: { channel?: number; count?: number },
  recipients: readonly CommittedRecipient[],
) => {
  const commit = { number: claim?.number ?? 0, channel, range: { from: 0, count }, recipients };
  // Of no epoch and no life: what was sent was sent.
  const fence = { batchId, epoch: 0, run: 'another' };
  const step = { commits: [commit], claims: [], leaseMs: HOUR_MS };
  return (await ledger.step(fence, step)).commits[0];
};

async function progressOf(batchId: string) {
  const progress = await ledger.readProgress(batchId);
  if (!progress) throw new Error('no ledger');
  return progress;
}

describe('campaign ledger', () => {
  it('gives each recipient to one claim only', async () => {
    const batchId = await openBatch(10);
    const claims = await Promise.all(
      Array.from({ length: 5 }, () => claimOf(batchId, { groupSize: 3 })),
    );
    const ordinals = claims.flatMap((claim) => claim?.recipients.map((one) => one.ordinal) ?? []);
    expect(ordinals.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('counts a commit once however often it is replayed', async () => {
    const batchId = await openBatch(3);
    const claim = await claimOf(batchId);
    const commit = () =>
      commitOf(batchId, claim, { count: 3 }, [
        { ordinal: 0, state: 'sent' },
        { ordinal: 1, state: 'failed' },
      ]);
    expect(await commit()).toMatchObject({ landed: 2, isFinished: false });
    expect(await commit()).toMatchObject({ landed: 0, isFinished: false });
    expect((await progressOf(batchId)).people).toMatchObject({ sent: 1, failed: 1 });
  });

  it('does not let a late commit land on another claim', async () => {
    const batchId = await openBatch(1);
    const zombie = await claimOf(batchId, { leaseMs: 0 });
    const heir = await claimOf(batchId);
    expect(heir?.recipients).toEqual([{ ordinal: 0, attempt: 2 }]);
    const failed = [{ ordinal: 0, state: 'failed' }] as const;
    const late = await commitOf(batchId, zombie, { count: 1 }, failed);
    expect(late?.landed).toBe(0);
    const sent = [{ ordinal: 0, state: 'sent' }] as const;
    const own = await commitOf(batchId, heir, { count: 1 }, sent);
    expect(own).toEqual({ landed: 1, isFinished: true, states: Buffer.from([2 + 2 * 16]) });
  });

  it('gives up an expired claim as unknown where a repeat would be a second message', async () => {
    const batchId = await openBatch(2);
    await claimOf(batchId, { leaseMs: 0, isRepeatable: false });
    const next = await claimOf(batchId, { isRepeatable: false });
    expect(next).toMatchObject({ recipients: [], doubted: [0, 1], isFinished: true });
  });

  it('refuses claims of another epoch and of another life of redis, but takes their commits', async () => {
    const batchId = await openBatch(2);
    const claim = await claimOf(batchId, { groupSize: 1 });
    await ledger.setMode(batchId, 2, 'paused');
    expect(await claimOf(batchId)).toBeUndefined();
    expect(await claimOf(batchId, { epoch: 2 })).toBeUndefined();
    const sent = [{ ordinal: 0, state: 'sent' }] as const;
    const landed = await commitOf(batchId, claim, { count: 2 }, sent);
    expect(landed?.landed).toBe(1);
    await ledger.setMode(batchId, 3, 'running');
    await ledger.setMode(batchId, 2, 'paused');
    expect(await claimOf(batchId, { epoch: 3, run: 'run2' })).toBeUndefined();
    expect((await claimOf(batchId, { epoch: 3 }))?.recipients).toHaveLength(1);
  });

  it('counts a person once, by the best of their channels, when the last is finished', async () => {
    const batchId = await openBatch(1, 2);
    const first = await claimOf(batchId, { channel: 0, count: 1 });
    await commitOf(batchId, first, { count: 1 }, [{ ordinal: 0, state: 'failed' }]);
    expect((await progressOf(batchId)).processed).toBe(0);
    const second = await claimOf(batchId, { channel: 1, count: 1 });
    await commitOf(batchId, second, { channel: 1, count: 1 }, [{ ordinal: 0, state: 'sent' }]);
    const progress = await progressOf(batchId);
    expect(progress.people).toMatchObject({ sent: 1, failed: 0 });
    expect(progress.finishedAtMs).toBeGreaterThan(0);
  });

  it('keeps at most a window of chunks outstanding and names them again for a repair', async () => {
    const batchId = await openBatch(50);
    const fence = { batchId, epoch: 1, run: RUN };
    expect(await ledger.openChunks(fence, { window: 3, isRepair: false })).toEqual([0, 1, 2]);
    expect(await ledger.openChunks(fence, { window: 3, isRepair: false })).toEqual([]);
    const again = await ledger.openChunks(fence, { window: 3, isRepair: true });
    expect([...again].sort()).toEqual([0, 1, 2]);
    const claim = await claimOf(batchId);
    const chunks = [0, 1].map((chunk) => ({ chunk, from: chunk * 10, count: 10 }));
    expect(await ledger.closeChunks(batchId, chunks)).toMatchObject({ closed: 0 });
    const all = claim?.recipients.map(({ ordinal }) => ({ ordinal, state: 'sent' as const })) ?? [];
    await commitOf(batchId, claim, {}, all);
    const closed = { closed: 1, stillOpen: 2, areAllClosed: false };
    expect(await ledger.closeChunks(batchId, chunks)).toEqual(closed);
    expect(await ledger.closeChunks(batchId, chunks)).toEqual(closed);
    expect(await ledger.openChunks(fence, { window: 3, isRepair: false })).toEqual([3]);
    expect(await ledger.listUnclosedChunks(batchId, 5)).toEqual([1, 2, 3, 4]);
  });

  it('is told again by the mirror what a redis that lost it forgot', async () => {
    const batchId = await openBatch(20);
    const range = { from: 0, count: 10 };
    const bytes = Buffer.from([2, 2, 2, 2, 2, 3, 3, 5, 6, 7]);
    const now = { batchId, run: RUN, round: 1 };
    const later = { ...now, run: 'run2' };
    expect(await ledger.restoreChunk(now, 0, range, bytes)).toBe(0);
    expect(await ledger.restoreChunk({ ...later, round: 2 }, 0, range, bytes)).toBe(0);
    expect(await ledger.restoreChunk(later, 0, range, bytes)).toBe(10);
    expect(await ledger.restoreChunk(later, 0, range, bytes)).toBe(0);
    expect(await ledger.doubtChunk(later, 0, { from: 10, count: 10 })).toBe(10);
    expect(await ledger.activate({ ...later, round: 2 })).toBe(false);
    await ledger.activate(later);
    const progress = await progressOf(batchId);
    expect(progress.people).toMatchObject({ sent: 5, failed: 2, skipped: 1, unknown: 11 });
    expect(progress).toMatchObject({ processed: 20 });
  });

  it('commits some groups and claims others in one step, and commits though none is granted', async () => {
    const batchId = await openBatch(20);
    const ranges = [0, 10].map((from) => ({ from, count: 10 }));
    const claims = ranges.map((range) => {
      return { channel: 0, range, groupSize: 6, isRepeatable: true, maxClaims: 5 };
    });
    const fence = { batchId, epoch: 1, run: RUN };
    const terms = { leaseMs: HOUR_MS };
    const commitsOf = (granted: readonly Claim[] | undefined, state: 'sent' | 'failed') =>
      ranges.map((range, index) => ({
        ...{ number: granted?.[index]?.number ?? 0, channel: 0, range },
        recipients: granted?.[index]?.recipients.map(({ ordinal }) => ({ ordinal, state })) ?? [],
      }));
    const first = await ledger.step(fence, { ...terms, commits: [], claims });
    expect(first.claims?.map(({ number }) => number)).toHaveLength(2);
    expect(new Set(first.claims?.map(({ number }) => number)).size).toBe(2);
    const commits = commitsOf(first.claims, 'sent');
    const second = await ledger.step(fence, { ...terms, commits, claims });
    expect(second.commits.map((end) => end?.landed)).toEqual([6, 6]);
    const ordinals = second.claims?.map(({ recipients }) => recipients.map((one) => one.ordinal));
    expect(ordinals).toEqual([
      [6, 7, 8, 9],
      [16, 17, 18, 19],
    ]);
    await ledger.setMode(batchId, 2, 'paused');
    const late = commitsOf(second.claims, 'failed');
    const third = await ledger.step(fence, { ...terms, commits: late, claims });
    expect(third.claims).toBeUndefined();
    expect(third.commits.map((end) => [end?.landed, end?.states?.length])).toEqual([
      [4, 10],
      [4, 10],
    ]);
    expect(third.commits.map((end) => end?.isFinished)).toEqual([false, true]);
    expect((await progressOf(batchId)).people).toMatchObject({ sent: 12, failed: 8 });
  });

  it('is opened anew by a later round, and by nobody of an earlier one', async () => {
    const batchId = await openBatch(2);
    const facts = { total: 2, channels: 1, chunks: 1, epoch: 5, mode: 'running' } as const;
    expect(await ledger.open(batchId, { ...facts, round: 2 })).toBe(true);
    expect(await ledger.open(batchId, { ...facts, round: 2 })).toBe(false);
    expect(await ledger.open(batchId, facts)).toBe(false);
    expect(await progressOf(batchId)).toMatchObject({ round: 2, run: undefined, processed: 0 });
  });

  it('shows what its senders wait for, and never comes into being by that', async () => {
    const batchId = await openBatch(1);
    await ledger.noteLimit(batchId, 'email', HOUR_MS);
    expect((await progressOf(batchId)).limit?.name).toBe('email');
    await ledger.noteLimit('no-such-batch', 'email', HOUR_MS);
    expect(await ledger.readProgress('no-such-batch')).toBeUndefined();
  });

  it('is forgotten in time, but not when another round has begun', async () => {
    const batchId = await openBatch(10);
    const shape = { total: 10, channels: 1, chunks: 1, epoch: 2, mode: 'running' } as const;
    const ttls = () => Promise.all(keysOfLedger(batchId).map((key) => connection.client.pttl(key)));
    await ledger.open(batchId, { ...shape, round: 2 });
    await ledger.expire(batchId, 1, 60_000);
    expect(Math.max(...(await ttls()))).toBe(-1);
    await ledger.expire(batchId, 2, 60_000);
    // There, and for a while; or not there.
    for (const ttl of await ttls()) expect(ttl === -2 || ttl > 0).toBe(true);
    expect(Math.max(...(await ttls()))).toBeGreaterThan(0);
  });

  it('belongs to another life when its server was a replica meanwhile, though it never restarted', async () => {
    const redis = await testRedis();
    const own = connectRedis({
      url: redis.url,
      name: 'test',
      manner: 'fail-fast',
      commandTimeoutMs: 20_000,
      logger: silentLogger,
    });
    onTestFinished(() => own.close());
    await whenReady(own, 5_000);
    const { readRunId } = createCampaignLedger(own);
    const before = await readRunId();
    expect(await readRunId()).toBe(before);
    await own.client.call('REPLICAOF', '127.0.0.1', '1');
    await own.client.call('REPLICAOF', 'NO', 'ONE');
    const [process, data] = (await readRunId()).split(':');
    expect(process).toBe(before.split(':')[0]);
    expect(data).not.toBe(before.split(':')[1]);
  });
});
