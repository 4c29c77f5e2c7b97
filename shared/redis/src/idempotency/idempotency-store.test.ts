import { silentLogger } from '@cloudphone/runtime';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { connectRedis, whenReady } from '../connection.ts';
import { createIdempotencyStore } from './idempotency-store.ts';

async function stores(options: { ttlMs?: number } = {}) {
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
  const named = (namespace: string, leaseMs?: number) =>
    createIdempotencyStore({
      redis,
      namespace,
      ...options,
      ...(leaseMs === undefined ? {} : { leaseMs }),
    });
  return { store: named('a'), hasty: named('a', 20), other: named('b') };
}

const claimOf = (claimed: object): string => (claimed as { claim: string }).claim;

describe('an idempotency key', () => {
  test('is begun by one of many, and answered to all who come later', async () => {
    const { store } = await stores();
    const all = await Promise.all(Array.from({ length: 20 }, () => store.begin('k', 'body')));
    const begun = all.filter(({ kind }) => kind === 'begun');
    expect(begun).toHaveLength(1);
    expect(all.filter(({ kind }) => kind === 'in-flight')).toHaveLength(19);
    await store.finish('k', claimOf(begun[0]!), 'answer');
    expect(await store.begin('k', 'body')).toEqual({ kind: 'done', answer: 'answer' });
    expect(await store.begin('k', 'another body')).toEqual({ kind: 'other-request' });
  });

  test('is kept apart by namespace', async () => {
    const { store, other } = await stores();
    await store.begin('k', 'body');
    expect(await other.begin('k', 'another body')).toMatchObject({ kind: 'begun' });
  });

  test('whose lease ended → is not written by its late holder', async () => {
    const { store, hasty } = await stores();
    const late = claimOf(await hasty.begin('k', 'body'));
    const next = await until(async () => {
      const claimed = await store.begin('k', 'body');
      return claimed.kind === 'begun' && claimed;
    });
    await store.finish('k', late, 'too late');
    await store.abandon('k', late);
    expect(await store.begin('k', 'body')).toEqual({ kind: 'in-flight' });
    await store.finish('k', claimOf(next), 'in time');
    expect(await store.begin('k', 'body')).toEqual({ kind: 'done', answer: 'in time' });
  });

  test('is forgotten after its time', async () => {
    const { store } = await stores({ ttlMs: 20 });
    await store.finish('k', claimOf(await store.begin('k', 'body')), 'answer');
    await until(async () => (await store.begin('k', 'another body')).kind === 'begun');
  });
});
