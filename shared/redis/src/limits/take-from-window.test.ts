import { silentLogger } from '@cloudphone/runtime';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { connectRedis, whenReady } from '../connection.ts';
import { takeFromWindow } from './take-from-window.ts';

async function connection() {
  const { url } = await testRedis({ persistent: false });
  const redis = connectRedis({
    url,
    name: 't',
    manner: 'fail-fast',
    commandTimeoutMs: 20_000,
    logger: silentLogger,
  });
  whenDone(() => redis.close());
  await whenReady(redis, 5_000);
  return redis;
}

const request = { key: 'person:ada', window: 1, windowMs: 60_000, wanted: 3, limit: 10 };

describe('a limit’s window', () => {
  test('hands out what is left, and never more to all together', async () => {
    const redis = await connection();
    const leases = await Promise.all(
      Array.from({ length: 8 }, () => takeFromWindow(redis, request)),
    );
    expect(leases.map(({ granted }) => granted)).toEqual([3, 3, 3, 1, 0, 0, 0, 0]);
    expect(leases.at(-1)).toEqual({ granted: 0, total: 10 });
  });

  test('is one of its own for each person and each time, and ends', async () => {
    const redis = await connection();
    await takeFromWindow(redis, { ...request, wanted: 10 });
    expect((await takeFromWindow(redis, { ...request, window: 2 })).granted).toBe(3);
    expect((await takeFromWindow(redis, { ...request, key: 'person:bob' })).granted).toBe(3);
    await takeFromWindow(redis, { ...request, window: 3, windowMs: 10 });
    await until(async () => (await redis.client.exists('limit:person:ada:3')) === 0);
  });
});
