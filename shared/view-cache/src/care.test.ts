import { createManualClock, createMetrics, type ManualClock } from '@cloudphone/runtime';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineView } from './define-view.ts';
import {
  bodyOf,
  type CacheNode,
  type CacheWorld,
  openCacheWorld,
  phoneView,
  plainView,
  SCOPE,
} from './fixtures/cache-world.ts';
import type { RecordedSource } from './fixtures/recorded-source.ts';
import { keyOf } from './view-key.ts';

const options = { scope: SCOPE };
const keyOfX = keyOf(plainView, { tag: 'x' }, SCOPE);

describe('a view cache, cared for', () => {
  let world: CacheWorld;
  let node: CacheNode;
  let clock: ManualClock;
  beforeEach(async () => {
    const redis = await testRedis({ persistent: false });
    world = await openCacheWorld(redis.url);
    whenDone(world.close);
    clock = createManualClock();
    node = await world.startNode({ clock, publishInvalidation: (tags) => world.publish(tags) });
  });
  const read = (tag = 'x') => node.cache.read(plainView, { tag }, options);
  const change = async (tag: string) => {
    const position = await world.write(tag);
    await until(() => node.feed.applied?.seq === position.seq);
  };

  test('invalidate → drops what was built from the tag, and nothing else', async () => {
    await read('x');
    await read('y');
    const { seq } = await node.cache.invalidate(['x']);
    await until(() => node.feed.applied?.seq === seq);
    expect((await read('y')).status).toBe('hit');
    expect((await read('x')).status).toBe('miss');
  });

  test('warm → brings to a new node what was asked for most, without asking the source', async () => {
    await read('x');
    for (let times = 0; times < 5; times++) await read('x');
    await node.cache.settled();
    await node.cache.warm();
    const late = await world.startNode({ clock, views: [plainView] });
    expect(await late.cache.warm()).toEqual({ held: 0, warmed: 1, failed: 0 });
    expect(late.cache.peek(plainView, keyOfX)?.status).toBe('hit');
    expect(await late.cache.warm()).toEqual({ held: 1, warmed: 0, failed: 0 });
    expect(world.source.calls).toBe(1);
  });

  test('warm → does what it can of what is named', async () => {
    const recipes = ['x', 'y'].map((tag) => ({ view: 'plain', params: { tag }, scope: SCOPE }));
    const unknown = { view: 'gone', params: {}, scope: SCOPE };
    const late = await world.startNode({ clock, views: [plainView] });
    expect(await late.cache.warm({ recipes: [...recipes, unknown] })).toEqual({
      held: 0,
      warmed: 2,
      failed: 1,
    });
  });

  test('warm → refuses a view that there is not, and names it', async () => {
    const late = await world.startNode({ clock, views: [plainView] });
    await expect(late.cache.warm({ view: 'plian' })).rejects.toMatchObject({
      code: 'invalid_input',
      issues: [{ path: 'view', message: 'there is no view plian' }],
    });
  });

  test('a hot view is loaded anew right after it was dropped, a cold one is not', async () => {
    await read('cold');
    await read('hot');
    for (let times = 0; times < 20; times++) await read('hot');
    clock.turn(10_000);
    const before = world.source.calls;
    await change('cold');
    await change('hot');
    clock.turn(50);
    await until(() => world.source.calls > before);
    await node.cache.settled();
    expect(bodyOf(node.cache.peek(plainView, keyOf(plainView, { tag: 'hot' }, SCOPE))!)).toEqual({
      value: 1,
    });
    expect(world.source.calls).toBe(before + 1);
  });

  test('listEntries → by view and by tag; what only Redis holds is there too', async () => {
    await read('x');
    await node.cache.read(phoneView, { phone: '7' }, options);
    await node.cache.settled();
    const keysOf = async (...args: Parameters<typeof node.cache.listEntries>) =>
      (await node.cache.listEntries(...args)).map(({ key, tier }) => [key.split(':')[0], tier]);
    expect((await keysOf()).sort()).toEqual([
      ['phone', 'memory'],
      ['plain', 'memory'],
    ]);
    expect(await keysOf({ view: 'plain' })).toEqual([['plain', 'memory']]);
    expect(await keysOf({ tag: 'owner-of:7' })).toEqual([['phone', 'memory']]);
    const late = await world.startNode();
    const found = await late.cache.listEntries({ view: 'phone' });
    expect(found).toMatchObject([{ tier: 'redis', tags: ['phone:7', 'owner-of:7'] }]);
  });

  test('explain → says whether an entry is valid, and which change it missed', async () => {
    expect(await node.cache.explain('nothing')).toMatchObject({ verdict: 'absent', entries: [] });
    await read('x');
    await node.cache.settled();
    expect(await node.cache.explain(keyOfX)).toMatchObject({
      verdict: 'valid',
      because: 'None of its tags changed after 0.',
      entries: [{ tier: 'memory' }, { tier: 'redis' }],
    });
    await change('x');
    expect(await node.cache.explain(keyOfX)).toMatchObject({
      verdict: 'changed',
      because: 'x changed at 1, after 0.',
      tags: [{ tag: 'x', changedAt: 1, knownHere: 1 }],
    });
    await world.log.rotateEpoch();
    expect((await node.cache.explain(keyOfX)).verdict).toBe('other-epoch');
  });

  test('the shadow validator tells what is not true from what has just changed', async () => {
    node = await world.startNode({ clock, validateOneIn: 1 });
    const { shadow } = { shadow: () => node.cache.stats().shadow };
    await read('x');
    await read('x');
    await until(() => shadow().match === 1);
    // Changed behind the log's back: what the validator is there to find.
    world.source.truth.set('x', 9);
    clock.turn(1_000);
    await read('x');
    await until(() => {
      clock.turn(50);
      return shadow().stale === 1;
    });
    expect(shadow().stalePpm).toBe(500_000);
    await change('x');
    await read('x');
    node.feed.hold();
    const { seq } = await world.write('x');
    clock.turn(1_000);
    await read('x');
    node.feed.release();
    await until(() => node.feed.applied?.seq === seq);
    clock.turn(50);
    await until(() => shadow().superseded === 1);
  });

  test('the shadow validator asks the source once a second, however many hits there are', async () => {
    node = await world.startNode({ clock, validateOneIn: 1 });
    const compared = () => node.cache.stats().shadow.match;
    await read();
    for (const second of [1, 2]) {
      for (let times = 0; times < 50; times++) await read();
      await until(() => compared() === second);
      await read();
      await new Promise(setImmediate);
      expect(world.source.calls).toBe(1 + second);
      clock.turn(1_000);
    }
  });

  test('two views of one name are refused', async () => {
    await read();
    const other = defineView<RecordedSource>()({
      name: 'plain',
      params: z.strictObject({}),
      scope: 'public',
      freshFor: '30s',
      servableFor: '10m',
      load: async () => ({}),
    });
    await expect(node.cache.read(other, {}, options)).rejects.toThrow(
      "internal: two views are named 'plain'",
    );
  });

  test('counts by view what became of its reads', async () => {
    await read();
    await read();
    await change('x');
    await read();
    const { views } = node.cache.stats();
    expect(views).toMatchObject({ plain: { memory: 1, miss: 2, loads: 2, joined: 0 } });
  });

  test('tells by view how much it is asked for, and what its answers weigh', async () => {
    const metrics = createMetrics();
    node = await world.startNode({ clock, metrics });
    const told = async () => {
      const lines = (await metrics.text()).split('\n');
      const gauges = lines.filter((line) => /^cloudphone_view_(heat|memory_bytes)\{/.test(line));
      return Object.fromEntries(
        gauges.map((line) => line.split(' ')).map(([k, v]) => [k, Number(v)]),
      );
    };
    await node.cache.read(phoneView, { phone: '7' }, options);
    for (const tag of ['x', 'x', 'x', 'y', 'y']) await read(tag);
    clock.turn(10_000);
    const { views, memory } = node.cache.stats();
    expect([views.plain?.heat, views.phone?.heat]).toEqual([3, 0]);
    const weights = [views.plain?.memoryBytes ?? 0, views.phone?.memoryBytes ?? 0] as const;
    expect(weights[0] + weights[1]).toBe(memory.bytes);
    expect(Math.min(...weights)).toBeGreaterThan(1_000);
    expect(await told()).toEqual({
      'cloudphone_view_heat{view="plain"}': 3,
      'cloudphone_view_memory_bytes{view="plain"}': weights[0],
      'cloudphone_view_memory_bytes{view="phone"}': weights[1],
    });
    clock.turn(10_000);
    expect(node.cache.stats().views.plain?.heat).toBe(1.5);
    const { epoch } = await world.log.rotateEpoch();
    await until(() => node.feed.applied?.epoch === epoch);
    clock.turn(60_000);
    expect(await told()).toEqual({
      'cloudphone_view_heat{view="plain"}': 0,
      'cloudphone_view_memory_bytes{view="plain"}': 0,
      'cloudphone_view_memory_bytes{view="phone"}': 0,
    });
  });
});
