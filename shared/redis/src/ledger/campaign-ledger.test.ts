import { silentLogger } from '@cloudphone/runtime';
import { testRedis } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { connectRedis, type RedisConnection, whenReady } from '../connection.ts';
import { type CampaignLedger, createCampaignLedger } from './campaign-ledger.ts';

const HOUR_MS = 3_600_000;
const RUN = 'run1';
let connection: RedisConnection;
let ledger: CampaignLedger;
let batches = 0;

beforeAll(async () => {
  const redis = await testRedis();
  connection = connectRedis({
    url: redis.url,
    name: 'test',
    manner: 'fail-fast',
    logger: silentLogger,
  });
  await whenReady(connection, 5_000);
  ledger = createCampaignLedger(connection);
  return () => connection.close();
});

async function openBatch(total: number, channels = 1): Promise<string> {
  batches += 1;
  const batchId = `batch-${batches}`;
  const chunks = Math.ceil(total / 10);
  await ledger.open(batchId, { total, channels, chunks, epoch: 1, mode: 'running' });
  await ledger.activate(batchId, RUN);
  return batchId;
}

const claimOf = (
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
) =>
  ledger.claim(
    { batchId, epoch: options.epoch ?? 1, run: options.run ?? RUN },
    options.channel ?? 0,
    { from: options.from ?? 0, count: options.count ?? 10 },
    {
      groupSize: options.groupSize ?? 10,
      leaseMs: options.leaseMs ?? HOUR_MS,
      isRepeatable: options.isRepeatable ?? true,
      maxClaims: 5,
    },
  );

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
      ledger.commit(batchId, claim?.number ?? 0, 0, { from: 0, count: 3 }, [
        { ordinal: 0, state: 'sent' },
        { ordinal: 1, state: 'failed' },
      ]);
    expect(await commit()).toEqual({ landed: 2, isFinished: false });
    expect(await commit()).toEqual({ landed: 0, isFinished: false });
    expect((await progressOf(batchId)).people).toMatchObject({ sent: 1, failed: 1 });
  });

  it('does not let a late commit land on another claim', async () => {
    const batchId = await openBatch(1);
    const zombie = await claimOf(batchId, { leaseMs: 0 });
    const heir = await claimOf(batchId);
    expect(heir?.recipients).toEqual([{ ordinal: 0, attempt: 2 }]);
    const range = { from: 0, count: 1 };
    const late = await ledger.commit(batchId, zombie?.number ?? 0, 0, range, [
      { ordinal: 0, state: 'failed' },
    ]);
    expect(late?.landed).toBe(0);
    const own = await ledger.commit(batchId, heir?.number ?? 0, 0, range, [
      { ordinal: 0, state: 'sent' },
    ]);
    expect(own).toEqual({ landed: 1, isFinished: true });
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
    const landed = await ledger.commit(batchId, claim?.number ?? 0, 0, { from: 0, count: 2 }, [
      { ordinal: 0, state: 'sent' },
    ]);
    expect(landed?.landed).toBe(1);
    await ledger.setMode(batchId, 3, 'running');
    await ledger.setMode(batchId, 2, 'paused');
    expect(await claimOf(batchId, { epoch: 3, run: 'run2' })).toBeUndefined();
    expect((await claimOf(batchId, { epoch: 3 }))?.recipients).toHaveLength(1);
  });

  it('counts a person once, by the best of their channels, when the last is finished', async () => {
    const batchId = await openBatch(1, 2);
    const range = { from: 0, count: 1 };
    const first = await claimOf(batchId, { channel: 0, count: 1 });
    await ledger.commit(batchId, first?.number ?? 0, 0, range, [{ ordinal: 0, state: 'failed' }]);
    expect((await progressOf(batchId)).processed).toBe(0);
    const second = await claimOf(batchId, { channel: 1, count: 1 });
    await ledger.commit(batchId, second?.number ?? 0, 1, range, [{ ordinal: 0, state: 'sent' }]);
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
    const range = { from: 0, count: 10 };
    expect(await ledger.closeChunk(batchId, 0, range)).toMatchObject({ isClosed: false });
    const all = claim?.recipients.map(({ ordinal }) => ({ ordinal, state: 'sent' as const })) ?? [];
    await ledger.commit(batchId, claim?.number ?? 0, 0, range, all);
    expect(await ledger.closeChunk(batchId, 0, range)).toEqual({
      isClosed: true,
      areAllClosed: false,
    });
    expect(await ledger.openChunks(fence, { window: 3, isRepair: false })).toEqual([3]);
    expect(await ledger.listUnclosedChunks(batchId, 5)).toEqual([1, 2, 3, 4]);
  });

  it('is told again by the mirror what a redis that lost it forgot', async () => {
    const batchId = await openBatch(20);
    const range = { from: 0, count: 10 };
    const bytes = Buffer.from([2, 2, 2, 2, 2, 3, 3, 5, 6, 7]);
    expect(await ledger.restoreChunk(batchId, RUN, 0, range, bytes)).toBe(0);
    expect(await ledger.restoreChunk(batchId, 'run2', 0, range, bytes)).toBe(10);
    expect(await ledger.restoreChunk(batchId, 'run2', 0, range, bytes)).toBe(0);
    expect(await ledger.doubtChunk(batchId, 'run2', 0, { from: 10, count: 10 })).toBe(10);
    await ledger.activate(batchId, 'run2');
    const progress = await progressOf(batchId);
    expect(progress.people).toMatchObject({ sent: 5, failed: 2, skipped: 1, unknown: 11 });
    expect(progress).toMatchObject({ processed: 20 });
  });
});
