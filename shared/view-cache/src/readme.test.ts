import { readFileSync } from 'node:fs';
import { createMetrics, silentLogger } from '@cloudphone/runtime';
import { testRedis, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { createViewCache } from './create-view-cache.ts';
import { bodyOf, openCacheWorld, SCOPE } from './fixtures/cache-world.ts';
import { readPhone, type Sources } from './fixtures/readme-example.ts';

const textOf = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

describe('the README’s example', () => {
  test('is code that compiles', () => {
    const example = /```ts\n(.*?)```/s.exec(textOf('../README.md'))?.[1];
    expect(example?.split('\n').length).toBeGreaterThan(10);
    expect(textOf('./fixtures/readme-example.ts')).toContain(example);
  });

  test('does what it says, without an owner too', async () => {
    const redis = await testRedis({ persistent: false });
    const world = await openCacheWorld(redis.url);
    whenDone(world.close);
    const { feed, redis: connection } = await world.startNode();
    const sources: Sources = {
      phones: { get: async () => ({ name: 'Left' }) },
      people: { ownerOf: () => Promise.reject(new Error('nobody answers')) },
    };
    const cache = createViewCache({
      ...{ feed, sources, redis: connection },
      namespace: 'readme',
      logger: silentLogger,
      metrics: createMetrics(),
    });
    whenDone(() => cache.close());
    const answer = await readPhone(cache, { scope: SCOPE });
    expect(bodyOf(answer)).toEqual({ name: 'Left', owner: null, degraded: ['owner'] });
  });
});
