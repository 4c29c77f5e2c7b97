import { appError, notFound, upstreamFailed } from '@cloudphone/errors';
import { createManualClock, type ManualClock } from '@cloudphone/runtime';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  bodyOf,
  type CacheNode,
  type CacheWorld,
  openCacheWorld,
  phoneView,
  plainView,
  SCOPE,
} from './fixtures/cache-world.ts';
import { createGate } from './fixtures/gate.ts';

const options = { scope: SCOPE };
const failure = upstreamFailed('phones', 'it broke');

describe('a view whose source fails', () => {
  let world: CacheWorld;
  let node: CacheNode;
  let clock: ManualClock;
  beforeEach(async () => {
    const redis = await testRedis({ persistent: false });
    world = await openCacheWorld(redis.url);
    whenDone(world.close);
    clock = createManualClock();
    node = await world.startNode({ clock });
  });

  const read = () => node.cache.read(phoneView, { phone: '7' }, options);
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

  test('asks once for a hundred readers, tells them all, and is left alone for a moment', async () => {
    world.source.broken.set('phone:7', failure);
    const answers = await Promise.allSettled(Array.from({ length: 100 }, read));
    expect(world.source.calls).toBe(1);
    expect(
      answers.every((answer) => answer.status === 'rejected' && answer.reason === failure),
    ).toBe(true);
    await expect(read()).rejects.toBe(failure);
    expect(world.source.calls).toBe(1);
    await turn(2_000);
    world.source.broken.clear();
    expect((await read()).status).toBe('miss');
  });

  test('is left alone for longer the more often it fails, at most two seconds', async () => {
    world.source.broken.set('phone:7', failure);
    for (let times = 0; times < 12; times++) {
      await expect(read()).rejects.toBe(failure);
      await turn(2_000);
    }
    expect(world.source.calls).toBe(12);
    await expect(read()).rejects.toBe(failure);
    await turn(900);
    await expect(read()).rejects.toBe(failure);
    expect(world.source.calls).toBe(13);
  });

  test('does not remember that the source said no', async () => {
    world.source.broken.set('phone:7', appError('forbidden'));
    await expect(read()).rejects.toThrow('forbidden');
    await expect(read()).rejects.toThrow('forbidden');
    expect(world.source.calls).toBe(2);
  });

  test('a caller out of time fails alone: the load goes on for the others', async () => {
    const gate = createGate();
    world.source.gate = gate.pass;
    const patient = read();
    const hasty = node.cache.read(phoneView, { phone: '7' }, { ...options, deadlineMs: 1 });
    hasty.catch(() => {});
    await until(() => gate.reached === 1);
    await turn(1);
    await expect(hasty).rejects.toMatchObject({ code: 'deadline_exceeded' });
    gate.open();
    expect((await patient).status).toBe('miss');
  });

  test('shows the last good answer, marked, with its position not raised', async () => {
    const good = await read();
    await change('phone:7');
    world.source.broken.set('phone:7', failure);
    const answer = await read();
    expect(answer.status).toBe('stale');
    expect(answer.stale).toEqual(['phone', 'owner']);
    expect(bodyOf(answer)).toEqual({ value: 0, owner: 0, stale: ['phone', 'owner'] });
    expect(answer.etag).not.toBe(good.etag);
    expect(answer.position).toEqual(good.position);
  });

  test('a hundred readers of a view that changed → one call, and the last good answer for all', async () => {
    await read();
    await change('phone:7');
    const gate = createGate();
    world.source.gate = gate.pass;
    world.source.broken.set('phone:7', failure);
    const callsBefore = world.source.calls;
    const reading = Promise.all(Array.from({ length: 100 }, read));
    await until(() => gate.reached === 1);
    gate.open();
    const answers = await reading;
    expect(world.source.calls).toBe(callsBefore + 1);
    expect(new Set(answers.map(({ status, etag }) => `${status} ${etag}`)).size).toBe(1);
    expect(answers[0]?.stale).toEqual(['phone', 'owner']);
  });

  test('shows it no longer than the view says', async () => {
    await read();
    await change('phone:7');
    world.source.broken.set('phone:7', failure);
    await turn(10 * 60_000);
    await expect(read()).rejects.toBe(failure);
  });

  test('shows it to nobody once the right to see it was taken away', async () => {
    await read();
    await change('phone:7', 'access');
    await change('phone:7');
    world.source.broken.set('phone:7', failure);
    await expect(read()).rejects.toBe(failure);
  });

  test('answers without an optional part, and says so', async () => {
    world.source.broken.set('owner-of:7', failure);
    const answer = await read();
    expect(bodyOf(answer)).toEqual({ value: 0, owner: null, degraded: ['owner'] });
    expect([answer.status, answer.degraded]).toEqual(['miss', ['owner']]);
    expect((await read()).status).toBe('hit');
    await turn(2_000);
    world.source.broken.clear();
    expect(bodyOf(await read())).toEqual({ value: 0, owner: 0 });
  });

  test('an answer with a part missing never leaves the process', async () => {
    world.source.broken.set('owner-of:7', failure);
    await read();
    await node.cache.settled();
    expect(await world.redis.client.keys('view:*')).toEqual([]);
  });

  test('takes a failed part from the last complete answer, which stays', async () => {
    world.source.truth.set('owner-of:7', 5);
    await read();
    await change('phone:7');
    world.source.broken.set('owner-of:7', failure);
    const partly = await read();
    expect(bodyOf(partly)).toEqual({ value: 1, owner: 5, stale: ['owner'] });
    world.source.broken.set('phone:7', failure);
    await turn(1_500);
    await change('phone:7');
    expect(bodyOf(await read())).toMatchObject({ value: 0, owner: 5, stale: ['phone', 'owner'] });
  });

  test('does not take a part that somebody may have lost the right to see', async () => {
    world.source.truth.set('owner-of:7', 5);
    await read();
    await change('owner-of:7', 'access');
    world.source.broken.set('owner-of:7', failure);
    expect(bodyOf(await read())).toEqual({ value: 0, owner: null, degraded: ['owner'] });
  });

  test('a failed part is asked for once, though the rest is loaded again and again', async () => {
    world.source.broken.set('owner-of:7', failure);
    await read();
    for (let times = 0; times < 3; times++) {
      await change('phone:7');
      expect((await read()).degraded).toEqual(['owner']);
    }
    expect(world.source.calls).toBe(5);
  });

  test('remembers that there is no such thing until it comes to be', async () => {
    world.source.broken.set('phone:7', notFound('phone', '7'));
    await expect(read()).rejects.toMatchObject({ code: 'not_found' });
    await expect(read()).rejects.toMatchObject({ code: 'not_found' });
    expect(world.source.calls).toBe(1);
    world.source.broken.clear();
    await change('phone:7');
    expect(bodyOf(await read())).toMatchObject({ value: 1 });
  });

  test('a part that is not there is null, and nothing is missing', async () => {
    world.source.broken.set('owner-of:7', notFound('owner', '7'));
    expect(bodyOf(await read())).toEqual({ value: 0, owner: null });
    expect((await read()).status).toBe('hit');
  });

  test('keeps nothing of a load whose calls failed without saying what they read', async () => {
    world.source.broken.set('x', failure);
    const careless = {
      ...plainView,
      load: async (_: unknown, { from }: { from: unknown }) => {
        const source = from as typeof world.source;
        return { found: await source.find('x').catch(() => 'nothing') };
      },
    } as unknown as typeof plainView;
    const first = await node.cache.read(careless, { tag: 'x' }, options);
    const second = await node.cache.read(careless, { tag: 'x' }, options);
    expect([first.status, second.status]).toEqual(['miss', 'miss']);
  });

  test('a load that takes longer than its budget fails; late optional parts are given up before', async () => {
    const gate = createGate();
    world.source.gate = (tag) => (tag === 'owner-of:7' ? gate.pass() : Promise.resolve());
    const reading = read();
    await until(() => gate.reached === 1);
    await turn(1_900);
    expect(bodyOf(await reading)).toEqual({ value: 0, owner: null, degraded: ['owner'] });
    world.source.gate = gate.pass;
    const other = node.cache.read(plainView, { tag: 'x' }, options);
    other.catch(() => {});
    await until(() => gate.reached === 2);
    await turn(2_000);
    await expect(other).rejects.toMatchObject({ code: 'upstream_timeout' });
    gate.open();
  });
});
