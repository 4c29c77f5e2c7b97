import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { expect, test } from 'vitest';
import type { ChangeFeed } from './change-feed.ts';
import { bodyOf, openCacheWorld, patientView, SCOPE } from './fixtures/cache-world.ts';
import { createGate } from './fixtures/gate.ts';
import type { LogFollower } from './fixtures/log-follower.ts';
import { keyOf } from './view-key.ts';

test('a reader who waits for another node’s load → asks Redis about it once the feed is not trusted', async () => {
  const world = await openCacheWorld((await testRedis({ persistent: false })).url);
  whenDone(world.close);
  let follower: LogFollower | undefined;
  let isTrusted = true;
  let lookUps = 0;
  const feed: ChangeFeed = {
    get applied() {
      return follower?.applied;
    },
    get isTrusted() {
      return isTrusted;
    },
    waitFor: async () => false,
    observe: () => void lookUps++,
  };
  const waiting = await world.startNode({ feed });
  follower = waiting.feed;
  const loading = await world.startNode();
  waiting.feed.hold();
  loading.feed.hold();

  const lease = `view-lease:test:${keyOf(patientView, { tag: 'x' }, SCOPE)}`;
  await world.redis.client.set(lease, 'somebody', 'PX', 10_000);
  const read = (node: typeof loading, token?: 'bypass') =>
    node.cache.read(patientView, { tag: 'x' }, { scope: SCOPE, token });
  const answer = read(waiting);
  await until(() => lookUps > 0);

  // Loaded before the change, stored after it, by a node that has not heard of it either.
  const gate = createGate();
  world.source.gate = gate.pass;
  const loaded = read(loading, 'bypass');
  await until(() => gate.reached === 1);
  await world.write('x');
  isTrusted = false;
  gate.open();
  expect(bodyOf(await loaded)).toEqual({ value: 0 });
  await loading.cache.settled();
  await world.redis.client.del(lease);

  expect(bodyOf(await answer)).toEqual({ value: 1 });
});
