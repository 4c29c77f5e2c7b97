import { connectRedis, whenReady } from '@cloudphone/redis';
import { createManualClock, type ManualClock, silentLogger } from '@cloudphone/runtime';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { buildServer } from '../fixtures/test-server.ts';
import { defineRoute } from '../routes/define-route.ts';
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts';

const MINUTE = 60_000;
const of = (limit: number) => ({ limit, windowMs: MINUTE });

const allowedOf = (limiter: RateLimiter, times: number, key = 'ada'): number =>
  Array.from({ length: times }, () => limiter.take('person', key)).filter(
    ({ isAllowed }) => isAllowed,
  ).length;

describe('a process by itself', () => {
  test('grants the limit in each window, to each one', () => {
    const clock = createManualClock();
    const limiter = createRateLimiter({ perPerson: of(5), perAddress: of(2), clock });
    expect(allowedOf(limiter, 9)).toBe(5);
    expect(allowedOf(limiter, 9, 'bob')).toBe(5);
    expect(limiter.take('address', 'ada').isAllowed).toBe(true);
    clock.turn(MINUTE);
    expect(allowedOf(limiter, 9)).toBe(5);
  });

  test('says what is left and until when', () => {
    const clock = createManualClock();
    const limiter = createRateLimiter({ perPerson: of(2), perAddress: of(2), clock });
    clock.turn(10_000);
    expect(limiter.take('person', 'ada')).toEqual({
      by: 'person',
      isAllowed: true,
      limit: 2,
      windowSeconds: 60,
      remaining: 1,
      resetSeconds: 50,
    });
    limiter.take('person', 'ada');
    expect(limiter.take('person', 'ada')).toMatchObject({ isAllowed: false, remaining: 0 });
  });
});

describe('processes together', () => {
  async function processes(count: number, limit: number, clock: ManualClock) {
    const server = await testRedis({ persistent: false });
    const connections = Array.from({ length: count }, () =>
      connectRedis({
        url: server.url,
        name: 't',
        manner: 'fail-fast',
        commandTimeoutMs: 20_000,
        logger: silentLogger,
      }),
    );
    for (const redis of connections) {
      whenDone(() => redis.close());
      await whenReady(redis, 5_000);
    }
    const limiters = connections.map((redis) =>
      createRateLimiter({ redis, perPerson: of(limit), perAddress: of(limit), clock }),
    );
    const leased = async () => {
      const [name] = await connections[0]!.client.keys('limit:*');
      return name === undefined ? 0 : Number(await connections[0]!.client.get(name));
    };
    return { server, connections, limiters, leased };
  }

  test('grant the limit, not as many times as there are processes', async () => {
    const clock = createManualClock();
    const { limiters, leased } = await processes(3, 100, clock);
    let granted = 0;
    // Requests that arrive one after another, each with time for a round trip in between.
    for (let request = 0; request < 300; request++) {
      await leased();
      const decision = limiters[request % 3]!.take('person', 'ada');
      if (decision.isAllowed) granted += 1;
    }
    expect(granted).toBeGreaterThanOrEqual(90);
    expect(granted).toBeLessThanOrEqual(110);
    expect(await leased()).toBe(100);
  });

  test('hand out blocks: most requests ask nobody', async () => {
    const clock = createManualClock();
    const { limiters, connections } = await processes(1, 1_000, clock);
    const calls = async () => {
      const stats = await connections[0]!.client.info('commandstats');
      return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    };
    for (let request = 0; request < 500; request++) {
      limiters[0]!.take('person', 'ada');
      if (request % 10 === 0) await calls();
    }
    expect(await calls()).toBeLessThanOrEqual(12);
  });

  test('count by themselves while Redis is away, and together again after', async () => {
    const clock = createManualClock();
    const { limiters, server, connections, leased } = await processes(1, 20, clock);
    await server.kill();
    await until(() => !connections[0]!.isReady);
    expect(allowedOf(limiters[0]!, 30)).toBe(20);
    await server.restart();
    await until(() => connections[0]!.isReady);
    clock.turn(MINUTE);
    limiters[0]!.take('person', 'ada');
    expect(await until(leased)).toBeGreaterThan(0);
  });
});

describe('a server with limits', () => {
  test('refuses what is too much, by address before anybody is known, and says for how long', async () => {
    const clock = createManualClock();
    const limiter = createRateLimiter({ perPerson: of(2), perAddress: of(4), clock });
    const { app } = buildServer({
      limiter,
      routes: [
        defineRoute({
          method: 'GET',
          path: '/me',
          summary: '',
          access: { kind: 'signed-in' },
          handle: async () => ({ body: 1 }),
        }),
      ],
    });
    const ask = (authorization: string) => supertest(app).get('/me').set({ authorization });
    const first = await ask('Bearer ada');
    expect(first.headers).toMatchObject({
      'ratelimit-policy': '"address";q=4;w=60, "person";q=2;w=60',
      ratelimit: '"address";r=3;t=60, "person";r=1;t=60',
    });
    await ask('Bearer ada');
    const third = await ask('Bearer ada');
    expect([third.status, third.body.code]).toEqual([429, 'rate_limited']);
    expect(third.headers['retry-after']).toBe('60');
    expect((await ask('Bearer guess')).status).toBe(401);
    expect((await ask('Bearer guess')).status).toBe(429);
  });
});
