import { createMetrics, silentLogger } from '@cloudphone/runtime';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ChangeClass } from './change-feed.ts';
import { createViewCache } from './create-view-cache.ts';
import { defineView } from './define-view.ts';
import {
  bodyOf,
  type CacheNode,
  type CacheWorld,
  openCacheWorld,
  SCOPE,
} from './fixtures/cache-world.ts';
import { createGate } from './fixtures/gate.ts';
import { createVersionedSource, type VersionedSource } from './fixtures/versioned-source.ts';
import type { Position } from './position.ts';
import type { ViewCache } from './view-cache.ts';

const view = defineView<VersionedSource>()({
  name: 'phone-page',
  params: z.strictObject({}),
  scope: 'public',
  freshFor: '30s',
  servableFor: '10m',
  budgetMs: 30_000,
  load: async (_, { from, required, optional }) => ({
    phone: await required('phone', () => from.get('phone')),
    owner: await optional('owner', () => from.get('owner')),
  }),
});
const bareView = defineView<VersionedSource>()({
  name: 'bare',
  params: z.strictObject({}),
  scope: 'public',
  freshFor: '30s',
  servableFor: '10m',
  load: async (_, { from }) => ({ phone: await from.get('phone') }),
});

/** One node: what it is told by the log, and a cache that reads from a source which may lag. */
interface Node extends CacheNode {
  readonly views: ViewCache<VersionedSource>;
}

describe('a source that lags behind what the log has told', () => {
  let world: CacheWorld;
  let source: VersionedSource;
  let node: Node;
  beforeEach(async () => {
    const redis = await testRedis({ persistent: false });
    world = await openCacheWorld(redis.url);
    whenDone(world.close);
    source = createVersionedSource();
    node = await startNode();
  });

  async function startNode(): Promise<Node> {
    // The world's own cache hands on what its follower hears.
    const started = await world.startNode();
    const views = createViewCache<VersionedSource>({
      feed: started.feed,
      redis: started.redis,
      sources: source,
      namespace: 'laggards',
      logger: silentLogger,
      metrics: createMetrics(),
      redisDeadlineMs: 5_000,
      tokenWaitMs: 1,
      random: () => 0.5,
    });
    whenDone(() => views.close());
    const { applyChange, reset } = started.cache;
    started.cache.applyChange = (change) => {
      applyChange(change);
      views.applyChange(change);
    };
    started.cache.reset = (to) => {
      reset(to);
      views.reset(to);
    };
    views.reset({ reason: 'start', position: started.feed.applied as Position });
    return { ...started, views };
  }

  const tell = async (tag: string, version: number, changeClass?: ChangeClass) => {
    const position = await world.publish([tag], changeClass, [{ tag, version }]);
    await until(() => node.feed.applied?.seq === position.seq);
    return position;
  };
  const read = async (of = node, token?: Position) => {
    const answer = await of.views.read(view, {}, { scope: SCOPE, token });
    return { ...bodyOf(answer), tier: answer.tier, position: answer.position };
  };

  test('is asked once more, for the version it has to have; its answer is marked, tells no position and is not kept', async () => {
    await tell('phone', 2);
    source.answers.set('phone', [1, 1, 1, 2]);
    const marked = { phone: 1, owner: 1, stale: ['phone'], tier: 'source', position: undefined };
    expect(await read()).toEqual(marked);
    expect(source.asked.filter(([tag]) => tag === 'phone')).toEqual([
      ['phone', 2],
      ['phone', 2],
    ]);
    expect(await read()).toMatchObject({ phone: 2, owner: 1, tier: 'source' });
    expect(await read()).toMatchObject({ phone: 2, owner: 1, tier: 'memory' });
  });

  test('is marked by the name of the view when its answer belongs to no part', async () => {
    await tell('phone', 2);
    const { stale, position } = await node.views.read(bareView, {}, { scope: SCOPE });
    expect([stale, position]).toEqual([['bare'], undefined]);
  });

  test('is not shown, marked or not, from before somebody lost the right to see it', async () => {
    await tell('owner', 2, 'access');
    await tell('owner', 3);
    expect(await read()).toMatchObject({ phone: 1, owner: null, degraded: ['owner'] });
    await tell('phone', 2, 'access');
    await expect(read()).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });

  test('that says there is no such thing is not believed', async () => {
    await tell('phone', 2);
    source.gone.add('phone');
    await expect(read()).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });

  test('is not what is merely overtaken: that is asked once, and answers those who waited', async () => {
    const gate = createGate();
    source.gate = gate.pass;
    const waiting = read();
    await until(() => gate.reached === 1);
    await tell('phone', 2);
    gate.open();
    const answer = await waiting;
    expect(answer).toMatchObject({ phone: 1, owner: 1 });
    expect(answer).not.toHaveProperty('stale');
    expect(source.asked).toHaveLength(2);
    expect((await read()).tier).toBe('source');
  });

  test('and was asked while the node was behind, too → what it said goes when the node has caught up', async () => {
    node.feed.hold();
    const position = await world.publish(['phone'], 'fact', [{ tag: 'phone', version: 2 }]);
    source.answers.set('phone', [1, 2]);
    expect(await read()).toMatchObject({ phone: 1, position: { seq: 0 } });
    expect(await read()).toMatchObject({ phone: 1, tier: 'memory' });
    node.feed.release();
    await until(() => node.feed.applied?.seq === position.seq);
    expect(await read()).toMatchObject({ phone: 2 });
  });

  test('and has answered another node, which was not told → is not believed here either', async () => {
    await tell('phone', 2);
    const late = await startNode();
    expect(await read(late)).toMatchObject({ phone: 1, tier: 'source' });
    await late.views.settled();
    source.answers.set('phone', [2]);
    expect(await read()).toMatchObject({ phone: 2, tier: 'source' });
  });
});
