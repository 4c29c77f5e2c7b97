import { upstreamFailed } from '@cloudphone/errors';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineView } from './define-view.ts';
import {
  bodyOf,
  type CacheNode,
  type CacheWorld,
  openCacheWorld,
  SCOPE,
} from './fixtures/cache-world.ts';
import { createGate } from './fixtures/gate.ts';
import type { RecordedSource } from './fixtures/recorded-source.ts';

const options = { scope: SCOPE };

/** A part by its tag, which can be missing; and a part whose answer names nothing, asked for first. */
const halfToldView = defineView<RecordedSource>()({
  name: 'half-told',
  params: z.strictObject({}),
  scope: 'public',
  freshFor: '30s',
  servableFor: '10m',
  load: async (_, { from, required, optional }) => ({
    untold: await required('untold', () => from.getUntold('untold')),
    told: await optional('told', () => from.get('told')),
  }),
});

describe('a view made of an answer that names nothing', () => {
  let world: CacheWorld;
  let node: CacheNode;
  const read = async () => bodyOf(await node.cache.read(halfToldView, {}, options));
  beforeEach(async () => {
    const redis = await testRedis({ persistent: false });
    world = await openCacheWorld(redis.url);
    whenDone(world.close);
    node = await world.startNode();
  });

  test('is never kept, in whichever tier', async () => {
    expect(await read()).toMatchObject({ untold: 0 });
    world.source.truth.set('untold', 1);
    expect(await read()).toMatchObject({ untold: 1 });
    world.source.truth.set('untold', 2);
    const other = await world.startNode();
    expect(bodyOf(await other.cache.read(halfToldView, {}, options))).toMatchObject({ untold: 2 });
  });

  test('is not kept for a moment either when another part of it fails', async () => {
    world.source.broken.set('told', upstreamFailed('told', 'it broke'));
    expect(await read()).toMatchObject({ untold: 0, told: null });
    world.source.truth.set('untold', 1);
    expect(await read()).toMatchObject({ untold: 1, told: null });
  });

  test('is not shared with who begins to read after something has changed', async () => {
    const gate = createGate();
    world.source.gate = (tag) => (tag === 'told' ? gate.pass() : Promise.resolve());
    const early = read();
    await until(() => world.source.calls === 2);
    // No tag of the load under way is named: the answer that was read before named none.
    const { seq } = await world.write('untold');
    await until(() => node.feed.applied?.seq === seq);
    const late = read();
    gate.open();
    expect(await early).toMatchObject({ untold: 0 });
    expect(await late).toMatchObject({ untold: 1 });
  });
});
