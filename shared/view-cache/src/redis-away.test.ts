import { whenReady } from '@cloudphone/redis';
import { type TestRedis, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  bodyOf,
  type CacheNode,
  type CacheWorld,
  openCacheWorld,
  patientView,
  SCOPE,
} from './fixtures/cache-world.ts';
import { createGate } from './fixtures/gate.ts';
import type { Position } from './position.ts';

const HEARTBEAT_MS = 150;
const DEADLINE_MS = 200;

describe('without Redis', () => {
  let redis: TestRedis;
  let world: CacheWorld;
  let node: CacheNode;
  beforeEach(async () => {
    redis = await testRedis();
    world = await openCacheWorld(redis.url);
    whenDone(world.close);
    node = await world.startNode({ heartbeatMs: HEARTBEAT_MS, redisDeadlineMs: DEADLINE_MS });
  });

  const read = (tag = 'x') => node.cache.read(patientView, { tag }, { scope: SCOPE });
  const isBack = () => until(async () => node.feed.isTrusted && (await read()).status === 'hit');

  test.each([
    ['killed', () => redis.kill(), () => redis.restart({ keepData: true })],
    ['hung', () => redis.pause(), () => redis.resume()],
  ])(
    '%s → loads from the source, never shows an old answer, and recovers',
    async (_, away, back) => {
      await read();
      await away();
      await until(() => !node.feed.isTrusted);
      for (let value = 1; value <= 5; value++) {
        // It commits, but nobody can say so in the log.
        world.source.truth.set('x', value);
        const answer = await read();
        expect([bodyOf(answer), answer.status]).toEqual([{ value }, 'bypass']);
      }
      await back();
      await isBack();
      expect(bodyOf(await read())).toEqual({ value: 5 });
      await whenReady(world.redis, 5_000);
      const position = await world.write('x');
      await until(() => node.feed.applied?.seq === position.seq);
      expect(bodyOf(await read())).toEqual({ value: 6 });
    },
  );

  test('hung → costs a read one deadline, once; what memory holds is shown as long as it is trusted', async () => {
    node = await world.startNode({ heartbeatMs: 2_000, redisDeadlineMs: DEADLINE_MS });
    await read();
    // Nothing of it is under way, and nothing was late.
    await node.cache.settled();
    await until(() => !node.cache.stats().isStoreAway);
    await redis.pause();
    const took = async (run: () => Promise<unknown>) => {
      const beganAtMs = performance.now();
      await run();
      return performance.now() - beganAtMs;
    };
    expect((await read()).tier).toBe('memory');
    // Node counts a timer from when the loop last woke up: some of it may be over when it is set.
    const deadlineMs = await took(() => Promise.all([read('a'), read('b')]));
    expect(deadlineMs).toBeGreaterThan(DEADLINE_MS / 2);
    // The least of three: a busy machine may make one of them wait, but no deadline all of them.
    const later: number[] = [];
    for (const tags of ['cd', 'ef', 'gh']) {
      later.push(await took(() => Promise.all([...tags].map((tag) => read(tag)))));
    }
    expect(Math.min(...later)).toBeLessThan(DEADLINE_MS / 2);
    expect(node.cache.stats().isStoreAway).toBe(true);
    await redis.resume();
    await isBack();
  });

  test('a primary cut off from its replicas still answers: without a trusted feed it is not believed', async () => {
    await read();
    await node.cache.settled();
    const distrusting = { ...node.feed, applied: node.feed.applied, isTrusted: false };
    const doubtful = await world.startNode({ feed: distrusting });
    world.source.truth.set('x', 1);
    const answer = await doubtful.cache.read(patientView, { tag: 'x' }, { scope: SCOPE });
    expect([bodyOf(answer), answer.status]).toEqual([{ value: 1 }, 'bypass']);
  });

  test('while the feed is not trusted, a load under way is shared by those who know no more than it, and by nobody who was told more', async () => {
    const distrusting = { ...node.feed, applied: node.feed.applied, isTrusted: false };
    const doubtful = await world.startNode({ feed: distrusting, tokenWaitMs: 20 });
    for (const { feed } of [node, doubtful]) feed.hold();
    const ask = (token?: Position) =>
      doubtful.cache.read(patientView, { tag: 'x' }, { scope: SCOPE, token });
    const gate = createGate();
    world.source.gate = gate.pass;
    const first = ask();
    await until(() => gate.reached === 1);
    world.source.gate = () => Promise.resolve();
    const position = await world.write('x');
    const joining = ask();
    expect(bodyOf(await ask(position))).toEqual({ value: 1 });
    gate.open();
    expect([bodyOf(await first), bodyOf(await joining)]).toEqual([{ value: 0 }, { value: 0 }]);
    expect(world.source.calls).toBe(2);
    // Once it has landed it is nobody's any more.
    expect(bodyOf(await ask())).toEqual({ value: 1 });
  });

  test('killed and emptied → a new epoch: nothing of before is shown', async () => {
    const before = await read();
    await redis.kill();
    world.source.truth.set('x', 1);
    await redis.restart();
    await until(() => node.feed.applied?.epoch !== before.position?.epoch);
    expect(bodyOf(await read())).toEqual({ value: 1 });
  });

  test('a hundred readers of one view → one load; of many views → as many at a time as allowed', async () => {
    node = await world.startNode({ heartbeatMs: HEARTBEAT_MS, maxLoads: 4, maxWaitingLoads: 10 });
    await redis.kill();
    await until(() => !node.feed.isTrusted);
    world.source.delayMs = 20;
    await Promise.all(Array.from({ length: 100 }, () => read()));
    expect(world.source.calls).toBe(1);
    const many = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => read(`many:${i}`)));
    const refused = many.filter((answer) => answer.status === 'rejected');
    expect(refused).toHaveLength(6);
    expect(refused[0]).toMatchObject({ reason: { code: 'overloaded' } });
  });
});
