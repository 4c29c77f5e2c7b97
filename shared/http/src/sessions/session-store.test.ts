import { type AppError, appError } from '@cloudphone/errors';
import { connectRedis, whenReady } from '@cloudphone/redis';
import { createManualClock, silentLogger } from '@cloudphone/runtime';
import { type TestRedis, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { ADA } from '../fixtures/test-server.ts';
import type { Session } from './session.ts';
import { createSessionStore } from './session-store.ts';

const clock = createManualClock();
const session: Session = {
  identity: ADA,
  accessToken: 'access 1',
  refreshToken: 'refresh 1',
  expiresAtMs: clock.now() + 600_000,
};
const renewed: Session = { ...session, accessToken: 'access 2', refreshToken: 'refresh 2' };

/** Stores of so many processes on one Redis. */
async function stores(count: number, given?: TestRedis) {
  const server = given ?? (await testRedis());
  const opened = await Promise.all(
    Array.from({ length: count }, async () => {
      const manner = 'fail-fast' as const;
      const redis = connectRedis({
        ...{ url: server.url, name: 'test', manner, logger: silentLogger },
        commandTimeoutMs: 20_000,
      });
      whenDone(() => redis.close());
      await whenReady(redis, 5_000);
      return { store: createSessionStore({ redis, ttlMs: 60_000 }), redis };
    }),
  );
  return { server, opened, one: opened[0]!, two: opened[1]! };
}

describe('a session', () => {
  test('is found by its secret id in every process, until it is closed', async () => {
    const { one, two } = await stores(2);
    const id = await one.store.open(session);
    expect(id).toMatch(/^[\w-]{43}$/);
    expect(two.store.peek(id)).toBeUndefined();
    expect(await two.store.find(id)).toEqual(session);
    expect(two.store.peek(id)).toEqual(session);
    await one.store.close(id);
    expect(await one.store.find(id)).toBeUndefined();
    two.store.revokeSession(ADA.sessionId);
    expect(await two.store.find(id)).toBeUndefined();
  });

  test('lies in Redis under a name that is no cookie, and not for ever', async () => {
    const { one } = await stores(1);
    const id = await one.store.open(session);
    const names = await one.redis.client.keys('*');
    expect(names).toHaveLength(1);
    expect(names.join()).not.toContain(id);
    expect(await one.redis.client.pttl(names[0]!)).toBeGreaterThan(50_000);
  });

  test('that nobody opened is absent', async () => {
    const { one } = await stores(1);
    expect(await one.store.find('x'.repeat(43))).toBeUndefined();
  });

  test('goes on in memory while Redis is away; unknown ones are the platform’s failure', async () => {
    const { one, server } = await stores(1);
    const id = await one.store.open({ ...session, expiresAtMs: Date.now() + 60_000 });
    await server.kill();
    await until(() => !one.redis.isReady);
    expect(await one.store.find(id)).toMatchObject({ accessToken: 'access 1' });
    const code = one.store.find('unknown').catch((err: AppError) => err.code);
    expect(await code).toBe('upstream_unavailable');
  });
});

describe('a renewal', () => {
  test('is made once for all who ask in all processes, and all get its tokens', async () => {
    const { opened, one } = await stores(3);
    const id = await one.store.open(session);
    const asked: Session[] = [];
    let answer: () => void = () => undefined;
    const allowed = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const fetchTokens = async (current: Session) => {
      asked.push(current);
      await allowed;
      return renewed;
    };
    const callers = opened.flatMap(({ store }) =>
      Array.from({ length: 10 }, () => store.renew(id, session, fetchTokens)),
    );
    await until(async () => (await one.redis.client.keys('session-renewal:*')).length === 1);
    answer();
    const got = await Promise.all(callers);
    expect(got).toEqual(Array(30).fill(renewed));
    // One question, one answer: those of one process share it.
    expect(new Set(got).size).toBeLessThanOrEqual(opened.length);
    expect(asked).toEqual([session]);
    expect(await one.store.find(id)).toEqual(renewed);
  });

  test('that another process finished before is not made again', async () => {
    const { one, two } = await stores(2);
    const id = await one.store.open(session);
    await one.store.renew(id, session, async () => renewed);
    const never = () => Promise.reject(new Error('asked twice'));
    expect(await two.store.renew(id, session, never)).toEqual(renewed);
  });

  test('that is refused leaves the session as it was, for the next to try', async () => {
    const { one } = await stores(1);
    const id = await one.store.open(session);
    const refused = one.store.renew(id, session, async () => {
      throw appError('upstream_timeout');
    });
    await expect(refused).rejects.toMatchObject({ code: 'upstream_timeout' });
    expect(await one.store.renew(id, session, async () => renewed)).toEqual(renewed);
  });

  test('of a session that was closed meanwhile gives nothing', async () => {
    const { one, two } = await stores(2);
    const id = await one.store.open(session);
    await two.store.find(id);
    await one.store.close(id);
    expect(await two.store.renew(id, session, async () => renewed)).toBeUndefined();
  });
});
