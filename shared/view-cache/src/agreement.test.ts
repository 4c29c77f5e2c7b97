import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Unsafe } from './core.ts';
import { defineView } from './define-view.ts';
import {
  bodyOf,
  type CacheNode,
  type CacheWorld,
  type NodeOptions,
  openCacheWorld,
  patientView,
  SCOPE,
} from './fixtures/cache-world.ts';
import { createGate, type Gate } from './fixtures/gate.ts';
import type { RecordedSource } from './fixtures/recorded-source.ts';
import type { Position } from './position.ts';
import { keyOf } from './view-key.ts';

const listView = defineView<RecordedSource>()({
  name: 'list',
  params: z.strictObject({ tag: z.string() }),
  scope: 'public',
  freshFor: '30s',
  servableFor: '10m',
  budgetMs: 30_000,
  load: async ({ tag }, { from }) => ({ value: (await from.find(tag))[0] ?? 0 }),
});

describe('views and changes', () => {
  let world: CacheWorld;
  beforeEach(async () => {
    const redis = await testRedis({ persistent: false });
    world = await openCacheWorld(redis.url);
    whenDone(world.close);
  });

  const start = (unsafe: Unsafe = {}, options: NodeOptions = {}) =>
    world.startNode({ unsafe, tokenWaitMs: 20, ...options });
  const read = (node: CacheNode, token?: Position | 'bypass', view = patientView) =>
    node.cache.read(view, { tag: 'x' }, { scope: SCOPE, token });
  const valueOfRead = async (...args: Parameters<typeof read>) => bodyOf(await read(...args)).value;
  const applied = (node: CacheNode, position: Position) =>
    until(
      () => node.feed.applied?.epoch === position.epoch && node.feed.applied.seq >= position.seq,
    );
  /** Lets the next call to the source read what is true now, and holds its answer back. */
  const holdNextCall = async (
    begin: () => Promise<unknown>,
  ): Promise<Gate & { done: Promise<unknown> }> => {
    const gate = createGate();
    world.source.gate = gate.pass;
    const done = begin();
    await until(() => gate.reached === 1);
    world.source.gate = () => Promise.resolve();
    return Object.assign(gate, { done });
  };

  describe('a load that is overtaken by a change', () => {
    const overtake = async (node: CacheNode, other: CacheNode) => {
      const slow = await holdNextCall(() => read(node));
      const position = await world.write('x');
      await Promise.all([applied(node, position), applied(other, position)]);
      slow.open();
      expect(bodyOf((await slow.done) as Awaited<ReturnType<typeof read>>)).toEqual({ value: 0 });
      return [await valueOfRead(node), await valueOfRead(other)];
    };

    test('answers those who waited, and nobody who comes later, on any node', async () => {
      expect(await overtake(await start(), await start())).toEqual([1, 1]);
    });

    test('would be served to all if a load’s start were read at its end', async () => {
      const unsafe = { skipFence: true };
      expect(await overtake(await start(unsafe), await start(unsafe))).toEqual([0, 0]);
    });
  });

  describe('a load under way', () => {
    test('is joined although something else changes', async () => {
      const node = await start();
      const slow = await holdNextCall(() => read(node));
      await applied(node, await world.write('y'));
      const second = read(node);
      slow.open();
      expect((await second).body).toBe(((await slow.done) as Awaited<typeof second>).body);
      expect(world.source.calls).toBe(1);
    });

    test('is not joined once something that it has read has changed', async () => {
      const node = await start();
      const slow = await holdNextCall(() => read(node));
      await applied(node, await world.write('x'));
      expect(await valueOfRead(node)).toBe(1);
      slow.open();
      await slow.done;
      expect(await valueOfRead(node)).toBe(1);
    });

    test('is not joined after any change while it is unknown what it reads', async () => {
      const node = await start();
      const slow = await holdNextCall(() => read(node, undefined, listView));
      await applied(node, await world.write('x'));
      expect(await valueOfRead(node, undefined, listView)).toBe(1);
      slow.open();
      await slow.done;
    });

    const joinWithToken = async (node: CacheNode) => {
      const slow = await holdNextCall(() => read(node));
      node.feed.hold();
      const position = await world.write('x');
      const told = valueOfRead(node, position);
      // Either it has asked the source itself, or it has joined the load that is held back.
      const hasJoined = () => node.cache.stats().views.plain?.joined === 1;
      await until(() => world.source.calls === 2 || hasJoined());
      slow.open();
      await slow.done;
      return await told;
    };

    test('is not joined by a reader whose token it began before', async () => {
      expect(await joinWithToken(await start())).toBe(1);
    });

    test('would be, if there were no join rule', async () => {
      expect(await joinWithToken(await start({ skipJoinRule: true }))).toBe(0);
    });
  });

  test('a view that changes six times while it loads still answers everybody, with the next load', async () => {
    const node = await start();
    const held: (() => void)[] = [];
    const readings: Promise<{ readonly loads: number; readonly isOld: boolean }>[] = [];
    let asked = 0;
    world.source.gate = () => {
      asked++;
      return new Promise((resolve) => held.push(resolve));
    };
    const readOnce = async () => {
      const askedBefore = asked;
      const entitledTo = world.source.truth.get('x') ?? 0;
      const value = Number(await valueOfRead(node));
      // Each load reads another value: the n-th reads n.
      return { loads: value - askedBefore, isOld: value < entitledTo };
    };
    for (let round = 1; round <= 60; round++) {
      await world.write('x');
      await node.feed.catchUp();
      readings.push(readOnce(), readOnce());
      await until(() => asked === round, { everyMs: 1 });
      if (held.length > 6) held.shift()?.();
    }
    for (const leave of held) leave();
    const answers = await Promise.all(readings);
    expect(answers.filter(({ isOld }) => isOld)).toEqual([]);
    expect(new Set(answers.map(({ loads }) => loads))).toEqual(new Set([1]));
    expect(world.source.calls).toBe(60);
  });

  describe('a new epoch', () => {
    const rotate = async (node: CacheNode) => {
      expect(await valueOfRead(node)).toBe(0);
      // A change whose row and watermark the log has lost.
      world.source.truth.set('x', 1);
      await applied(node, await world.log.rotateEpoch());
      return await valueOfRead(node);
    };

    test('ends every answer of the one before, in memory and in Redis', async () => {
      expect(await rotate(await start())).toBe(1);
      expect(await valueOfRead(await start())).toBe(1);
    });

    test('would not, if epochs were not compared', async () => {
      expect(await rotate(await start({ skipEpoch: true }))).toBe(0);
    });

    test('a token of another epoch asks for a load that begins after it was told', async () => {
      const node = await start();
      await read(node);
      world.source.truth.set('x', 1);
      expect(await valueOfRead(node, { epoch: 'another', seq: 1 })).toBe(1);
    });
  });

  describe('a token', () => {
    test('of a position that the node is about to reach is waited for', async () => {
      const node = await start({}, { tokenWaitMs: 2_000 });
      await read(node);
      node.feed.hold();
      const position = await world.write('x');
      const reading = read(node, position);
      node.feed.release();
      const answer = await reading;
      expect([bodyOf(answer), answer.position]).toEqual([{ value: 1 }, position]);
    });

    test('of a position that the node does not reach is answered by asking Redis', async () => {
      const node = await start();
      await read(node);
      node.feed.hold();
      const elsewhere = await world.write('y');
      const kept = await read(node, elsewhere);
      expect([kept.tier, kept.position]).toEqual(['redis', elsewhere]);
      expect(await valueOfRead(node, await world.write('x'))).toBe(1);
      expect(world.source.calls).toBe(2);
    });

    test('that nobody can have been told does not cause a load', async () => {
      const node = await start();
      const { position } = await read(node);
      expect((await read(node, { epoch: position?.epoch ?? '', seq: 1e9 })).tier).toBe('redis');
      expect(world.source.calls).toBe(1);
    });

    test('that says bypass is answered by a load that begins after it', async () => {
      const node = await start();
      await read(node);
      const slow = await holdNextCall(() => read(node, 'bypass'));
      world.source.truth.set('x', 1);
      const answer = await read(node, 'bypass');
      expect([bodyOf(answer), answer.status]).toEqual([{ value: 1 }, 'bypass']);
      slow.open();
      await slow.done;
    });
  });

  describe('what a node has forgotten', () => {
    test('is asked of Redis: an unchanged view stays', async () => {
      const node = await start({}, { maxTags: 2 });
      await read(node);
      const others = [];
      for (const tag of ['a', 'b', 'c', 'd']) others.push(await world.write(tag));
      await applied(node, others[3] as Position);
      expect(node.cache.peek(patientView, keyOf(patientView, { tag: 'x' }, SCOPE))).toBeUndefined();
      expect((await read(node)).tier).toBe('redis');
      expect((await read(node)).tier).toBe('memory');
      expect(world.source.calls).toBe(1);
    });

    test('is asked of Redis: a changed view goes', async () => {
      const node = await start({}, { maxTags: 2 });
      await read(node);
      node.feed.hold();
      const positions = [];
      for (const tag of ['x', 'a', 'b', 'c']) positions.push(await world.write(tag));
      node.feed.release();
      await applied(node, positions[3] as Position);
      expect(await valueOfRead(node)).toBe(1);
    });

    test('because the log lost rows that it was never shown is asked of Redis', async () => {
      const node = await start();
      await applied(node, await world.write('y'));
      await read(node);
      node.feed.hold();
      const position = await world.write('x');
      node.cache.reset({ reason: 'trimmed', position });
      expect(await valueOfRead(node)).toBe(1);
    });

    test('from before it started is asked of Redis', async () => {
      await read(await start());
      const position = await world.write('y');
      const late = await start();
      expect(late.feed.applied).toEqual(position);
      expect((await read(late)).tier).toBe('redis');
      await world.write('x');
      expect(await valueOfRead(await start())).toBe(1);
    });
  });

  test('a view whose loader has died is loaded by another when the lease ends', async () => {
    const node = await start();
    const lease = `view-lease:test:${keyOf(patientView, { tag: 'x' }, SCOPE)}`;
    const beganAtMs = performance.now();
    await world.redis.client.set(lease, 'a node that died', 'PX', 300);
    expect(await valueOfRead(node)).toBe(0);
    expect(performance.now() - beganAtMs).toBeGreaterThan(200);
    expect(world.source.calls).toBe(1);
  });
});
