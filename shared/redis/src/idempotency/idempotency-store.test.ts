import { silentLogger } from '@cloudphone/runtime';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { connectRedis, whenReady } from '../connection.ts';
import { createIdempotencyStore } from './idempotency-store.ts';

async function stores(options: { ttlMs?: number } = {}) {
  const server = await testRedis({ persistent: false });
  const connect = async (commandTimeoutMs: number) => {
    const redis = connectRedis({
      ...{ url: server.url, name: 't', manner: 'fail-fast', logger: silentLogger },
      commandTimeoutMs,
    });
    whenDone(() => redis.close());
    await whenReady(redis, 30_000);
    return redis;
  };
  const patient = await connect(20_000);
  const impatient = async () =>
    createIdempotencyStore({ redis: await connect(50), namespace: 'a' });
  const named = (namespace: string, leaseMs?: number) =>
    createIdempotencyStore({
      redis: patient,
      namespace,
      ...options,
      ...(leaseMs === undefined ? {} : { leaseMs }),
    });
  return { server, store: named('a'), hasty: named('a', 20), other: named('b'), impatient };
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

  test('whose beginning was not heard of in time → is free again at once, not after its lease', async () => {
    const { server, store, impatient } = await stores();
    // Both scripts are known to the server: what is asked is asked once.
    await store.abandon('another', claimOf(await store.begin('another', 'body')));
    const hasty = await impatient();
    await server.pause();
    await expect(hasty.begin('k', 'body')).rejects.toThrow();
    await server.resume();
    await until(async () => (await store.begin('k', 'body')).kind === 'begun');
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
