import { silentLogger } from '@cloudphone/runtime';
import { testRedis, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { connectRedis, type RedisConnection, whenReady } from '../connection.ts';
import { type Bucket, holdBack, takeFromBuckets } from './buckets.ts';

async function connections(count: number): Promise<RedisConnection[]> {
  const { url } = await testRedis({ persistent: false });
  const opened = Array.from({ length: count }, () =>
    connectRedis({
      url,
      name: 't',
      manner: 'fail-fast',
      commandTimeoutMs: 20_000,
      logger: silentLogger,
    }),
  );
  for (const redis of opened) {
    whenDone(() => redis.close());
    await whenReady(redis, 5_000);
  }
  return opened;
}

const bucket = (limit: number, changes: Partial<Bucket> = {}): Bucket => ({
  name: `limit-${limit}`,
  limit,
  perMs: 1_000,
  ...changes,
});
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Units, and the server's clock before and after they were granted, µs. */
interface Grant {
  readonly afterUs: number;
  readonly beforeUs: number;
  readonly units: number;
}

async function readClock(redis: RedisConnection): Promise<number> {
  const [seconds, microseconds] = await redis.client.time();
  return Number(seconds) * 1e6 + Number(microseconds);
}

/** Takes all that it can for a while. */
async function drain(redis: RedisConnection, buckets: readonly Bucket[], forMs: number) {
  const grants: Grant[] = [];
  const endsAtMs = performance.now() + forMs;
  while (performance.now() < endsAtMs) {
    const afterUs = await readClock(redis);
    const taken = await takeFromBuckets(redis, { wanted: 10, isUrgent: false, buckets });
    const beforeUs = await readClock(redis);
    if (taken.granted > 0) grants.push({ afterUs, beforeUs, units: taken.granted });
    if (taken.waitMs > 0) await pause(taken.waitMs);
  }
  return grants;
}

describe('buckets', () => {
  test('grant four takers together never more than the limit in any window', async () => {
    const four = await connections(4);
    const buckets = [bucket(200)];
    const grants = (await Promise.all(four.map((redis) => drain(redis, buckets, 3_000)))).flat();
    const most = Math.max(...grants.map(({ afterUs }) => unitsWithin(grants, afterUs, 1e6)));
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(200);
  });

  test('tell a wait that is long enough for a unit more, and no longer', async () => {
    const [redis] = await connections(1);
    if (redis === undefined) throw new Error('no connection');
    const request = { wanted: 100, isUrgent: false, buckets: [bucket(200)] };
    // At least 97 % of the limit are its steady rate.
    const mostMs = Math.ceil(1_000 / (0.97 * 200));
    for (let time = 0; time < 20; time += 1) {
      const { granted, waitMs } = await takeFromBuckets(redis, request);
      expect(granted).toBeGreaterThan(0);
      expect(waitMs).toBeLessThanOrEqual(mostMs);
      await pause(waitMs + 1);
    }
  });

  test('grant what the tightest of several allows, and take no more of the others', async () => {
    const [redis] = await connections(1);
    if (redis === undefined) throw new Error('no connection');
    const wide = bucket(1_000);
    const tight = bucket(10);
    const first = await takeFromBuckets(redis, {
      wanted: 5,
      isUrgent: false,
      buckets: [wide, tight],
    });
    expect(first.granted).toBe(1);
    expect(first.waitMs).toBeGreaterThan(50);
    const rest = await takeFromBuckets(redis, { wanted: 100, isUrgent: true, buckets: [wide] });
    expect(rest.granted).toBeGreaterThanOrEqual(30);
  });

  test('keep something back for what is urgent', async () => {
    const [redis] = await connections(1);
    if (redis === undefined) throw new Error('no connection');
    const request = { wanted: 100, buckets: [bucket(1_000)] };
    await takeFromBuckets(redis, { ...request, isUrgent: false });
    const more = await takeFromBuckets(redis, { ...request, wanted: 5, isUrgent: true });
    expect(more.granted).toBe(5);
  });

  test('grant a message that costs many units at once, and nobody while they are held back', async () => {
    const [redis] = await connections(1);
    if (redis === undefined) throw new Error('no connection');
    const costly = bucket(30, { maxCost: 8 });
    const request = { wanted: 8, isUrgent: false, buckets: [costly] };
    expect((await takeFromBuckets(redis, request)).granted).toBe(8);
    await holdBack(redis, costly, 60_000);
    await holdBack(redis, costly, 10);
    const refused = await takeFromBuckets(redis, { ...request, wanted: 1, isUrgent: true });
    expect(refused.granted).toBe(0);
    expect(refused.waitMs).toBeGreaterThan(30_000);
  });
});

/** Of grants that were made in that window for certain. */
function unitsWithin(grants: readonly Grant[], fromUs: number, windowUs: number): number {
  return grants
    .filter(({ afterUs, beforeUs }) => afterUs >= fromUs && beforeUs < fromUs + windowUs)
    .reduce((sum, { units }) => sum + units, 0);
}
