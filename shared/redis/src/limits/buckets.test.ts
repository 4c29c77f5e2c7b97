import { silentLogger } from '@cloudphone/runtime';
import { testRedis, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { connectRedis, type RedisConnection, whenReady } from '../connection.ts';
import { type Bucket, holdBack, takeFromBuckets } from './buckets.ts';

async function connections(count: number): Promise<RedisConnection[]> {
  const { url } = await testRedis({ persistent: false });
  const opened = Array.from({ length: count }, () =>
    connectRedis({ url, name: 't', manner: 'fail-fast', logger: silentLogger }),
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

/** Takes all that it can for a while; each grant with the server's clock right after it. */
async function drain(redis: RedisConnection, buckets: readonly Bucket[], forMs: number) {
  const grants: { atUs: number; units: number }[] = [];
  const endsAtMs = performance.now() + forMs;
  while (performance.now() < endsAtMs) {
    const [taken, time] = await Promise.all([
      takeFromBuckets(redis, { wanted: 10, isUrgent: false, buckets }),
      redis.client.time(),
    ]);
    const atUs = Number(time[0]) * 1e6 + Number(time[1]);
    if (taken.granted > 0) grants.push({ atUs, units: taken.granted });
    if (taken.waitMs > 0) await pause(taken.waitMs);
  }
  return grants;
}

describe('buckets', () => {
  test('grant four takers together never more than the limit in any window', async () => {
    const four = await connections(4);
    const buckets = [bucket(200)];
    const grants = (await Promise.all(four.map((redis) => drain(redis, buckets, 3_000))))
      .flat()
      .sort((one, other) => one.atUs - other.atUs);
    const most = Math.max(...grants.map(({ atUs }) => unitsWithin(grants, atUs, 1e6)));
    // The clock is read after the grant, so a window may seem a little longer than it was.
    expect(most).toBeLessThanOrEqual(200 + 2);
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
    await holdBack(redis, costly, 5_000);
    await holdBack(redis, costly, 10);
    const refused = await takeFromBuckets(redis, { ...request, wanted: 1, isUrgent: true });
    expect(refused.granted).toBe(0);
    expect(refused.waitMs).toBeGreaterThan(4_500);
  });
});

function unitsWithin(
  grants: readonly { atUs: number; units: number }[],
  fromUs: number,
  windowUs: number,
): number {
  return grants
    .filter(({ atUs }) => atUs >= fromUs && atUs < fromUs + windowUs)
    .reduce((sum, { units }) => sum + units, 0);
}
