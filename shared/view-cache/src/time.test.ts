import { createManualClock, currentReadContext, type ManualClock } from '@cloudphone/runtime';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineView } from './define-view.ts';
import {
  bodyOf,
  type CacheNode,
  type CacheWorld,
  openCacheWorld,
  plainView,
  SCOPE,
} from './fixtures/cache-world.ts';
import { createGate } from './fixtures/gate.ts';
import type { RecordedSource } from './fixtures/recorded-source.ts';
import { openSlowStore } from './fixtures/slow-store.ts';
import type { Position } from './position.ts';

const options = { scope: SCOPE };

const tolerantView = defineView<RecordedSource>()({
  name: 'tolerant',
  params: z.strictObject({ tag: z.string() }),
  scope: 'public',
  freshFor: '30s',
  servableFor: '10m',
  toleratesChangeFor: '2s',
  load: async ({ tag }, { from }) => ({ value: await from.get(tag) }),
});

describe('time', () => {
  let world: CacheWorld;
  let node: CacheNode;
  let clock: ManualClock;
  beforeEach(async () => {
    const redis = await testRedis({ persistent: false });
    world = await openCacheWorld(redis.url);
    whenDone(world.close);
    clock = createManualClock();
    node = await world.startNode({ clock, random: () => 0.5 });
  });
  const change = async (tag: string, changeClass?: 'fact' | 'access') => {
    const position = await world.write(tag, changeClass);
    await until(() => node.feed.applied?.seq === position.seq);
    return position;
  };
  // Time that passes while a command is under way would be taken for the command's.
  const turn = async (byMs: number) => {
    await until(
      () => node.cache.stats().loads.running > 0 || node.cache.settled().then(() => true),
    );
    clock.turn(byMs);
  };
  const read = (view = plainView) => node.cache.read(view, { tag: 'x' }, options);

  test('past its freshness an unchanged answer is shown while one refresh runs', async () => {
    await read();
    await turn(31_000);
    const gate = createGate();
    world.source.gate = gate.pass;
    const answers = [await read(), await read(), await read()];
    expect(answers.map(({ status }) => status)).toEqual(['hit', 'hit', 'hit']);
    expect(answers[0]?.ttlMs).toBeLessThan(0);
    await until(() => gate.reached === 1);
    gate.open();
    await node.cache.settled();
    expect(world.source.calls).toBe(2);
    expect((await read()).ttlMs).toBeGreaterThan(0);
  });

  test('an unchanged answer is refreshed early, by what its load took and what each node drew', async () => {
    const draws = [0.5, 1 - 1 / Math.E];
    const drawing = await world.startNode({ clock, random: () => draws.shift() ?? 0 });
    const readThere = (from: CacheNode) => from.cache.read(plainView, { tag: 'x' }, options);
    const gate = createGate();
    world.source.gate = gate.pass;
    const loading = readThere(drawing);
    await until(() => gate.reached === 1);
    clock.turn(1_500);
    gate.open();
    await loading;
    await drawing.cache.settled();
    // Found by a node that draws nothing early.
    const patient = await world.startNode({ clock, random: () => 0 });
    expect((await readThere(patient)).tier).toBe('redis');
    await turn(26_999);
    await readThere(drawing);
    await drawing.cache.settled();
    expect(world.source.calls).toBe(1);
    await turn(2);
    expect((await readThere(drawing)).ttlMs).toBeCloseTo(1_499, 6);
    await drawing.cache.settled();
    expect(world.source.calls).toBe(2);
    await readThere(patient);
    await patient.cache.settled();
    expect(world.source.calls).toBe(2);
  });

  test('a changed answer is not shown past its freshness, nor one too old to be served', async () => {
    await read();
    await turn(31_000);
    await change('x');
    expect(bodyOf(await read())).toEqual({ value: 1 });
    await turn(11 * 60_000);
    expect((await read()).status).toBe('miss');
  });

  test('an answer that changes at an instant says so, and is not shown after it', async () => {
    const today = defineView<RecordedSource>()({
      name: 'today',
      params: z.strictObject({}),
      scope: 'public',
      freshFor: '1h',
      servableFor: '2h',
      load: async () => {
        const call = currentReadContext()?.beginCall(['today']);
        call?.answered({ tags: [{ tag: 'today' }], changesAtMs: clock.now() + 5_000 });
        return {};
      },
    });
    const readToday = () => node.cache.read(today, {}, options);
    await readToday();
    await turn(4_000);
    const last = await readToday();
    expect([last.status, last.ttlMs]).toEqual(['hit', 1_000]);
    expect((await node.cache.listEntries())[0]?.ttlMs).toBe(1_000);
    await turn(1_000);
    expect((await readToday()).status).toBe('miss');
  });

  test.each([
    ['has told so already', true],
    ['tells so with its answer', false],
  ])(
    'a load whose source %s is not shared with who begins after the instant',
    async (_, isTold) => {
      const midnightMs = clock.now() + 100;
      const today = defineView<RecordedSource>()({
        name: 'today',
        params: z.strictObject({}),
        scope: 'public',
        freshFor: '1h',
        servableFor: '2h',
        load: async (_params, { from }) => {
          const call = currentReadContext()?.beginCall(['today']);
          const isOver = clock.now() >= midnightMs;
          const changesAtMs = isOver ? midnightMs + 86_400_000 : midnightMs;
          const tell = () => call?.answered({ tags: [{ tag: 'today' }], changesAtMs });
          if (isTold) tell();
          await from.get('x');
          tell();
          return { isOver };
        },
      });
      const readToday = () => node.cache.read(today, {}, options).then(bodyOf);
      const gate = createGate();
      world.source.gate = gate.pass;
      const early = readToday();
      await until(() => gate.reached === 1);
      clock.turn(100);
      const late = readToday();
      if (isTold) await until(() => gate.reached === 2);
      gate.open();
      expect(await early).toEqual({ isOver: false });
      expect(await late).toEqual({ isOver: true });
      expect(await readToday()).toEqual({ isOver: true });
      expect(world.source.calls).toBe(2);
    },
  );

  test('a tolerant view shows the old answer for that long while one refresh runs', async () => {
    await read(tolerantView);
    await read(tolerantView);
    const gate = createGate();
    world.source.gate = gate.pass;
    await change('x');
    await turn(1_900);
    const answer = await read(tolerantView);
    expect([answer.status, bodyOf(answer)]).toEqual(['stale', { value: 0 }]);
    await until(() => gate.reached === 1);
    await turn(200);
    const waiting = read(tolerantView);
    gate.open();
    expect(bodyOf(await waiting)).toEqual({ value: 1 });
    expect(world.source.calls).toBe(2);
  });

  test('what a view tolerates ends with a token, and with the right to see it', async () => {
    await read(tolerantView);
    const position = await change('x');
    const told = { ...options, token: position };
    expect(bodyOf(await node.cache.read(tolerantView, { tag: 'x' }, told))).toEqual({ value: 1 });
    await change('x', 'access');
    expect(bodyOf(await read(tolerantView))).toEqual({ value: 2 });
  });

  test('what a view tolerates is not shared with who begins when the right to see it is gone', async () => {
    const { store, gates } = openSlowStore(world.redis);
    const other = await world.startNode({ clock, store, redisDeadlineMs: 10_000 });
    const readThere = () => other.cache.read(tolerantView, { tag: 'x' }, options);
    const [lookingAgain, leasing] = [createGate(), createGate()];
    gates.takeLease = leasing.pass;
    let lookUps = 0;
    gates.lookUp = () => (++lookUps === 2 ? lookingAgain.pass() : Promise.resolve());
    const early = readThere();
    await until(() => lookingAgain.reached === 1);
    await read(tolerantView);
    await node.cache.settled();
    const told = async (position: Position) =>
      await until(() => other.feed.applied?.seq === position.seq);
    await told(await change('x'));
    lookingAgain.open();
    await until(() => leasing.reached === 1 && other.cache.stats().memory.entries === 1);
    await told(await change('x', 'access'));
    const late = readThere();
    leasing.open();
    expect([(await early).status, bodyOf(await early)]).toEqual(['stale', { value: 0 }]);
    expect(bodyOf(await late)).toEqual({ value: 2 });
  });

  test('tolerance is counted from when the answer was last known to be right', async () => {
    await read(tolerantView);
    await change('x');
    await turn(10_000);
    await change('x');
    expect(bodyOf(await read(tolerantView))).toEqual({ value: 2 });
  });

  test('lifetimes are what remains of them when an answer comes from another node', async () => {
    const first = await read();
    await node.cache.settled();
    await turn(20_000);
    const other = await world.startNode({ clock, random: () => 0.5 });
    const found = await other.cache.read(plainView, { tag: 'x' }, options);
    expect(found.tier).toBe('redis');
    expect(found.ttlMs).toBeCloseTo(first.ttlMs, 0);
    expect(found.ageMs).toBeCloseTo(20_000, 0);
  });
});
