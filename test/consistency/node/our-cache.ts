import { connectRedis, type RedisConnection } from '@cloudphone/redis';
import { createMetrics, type Logger } from '@cloudphone/runtime';
import { type ChangeFeed, createViewCache, type Unsafe } from '@cloudphone/view-cache';
import type { Sources } from './sources.ts';
import type { Subject, SubjectFollower, SubjectName } from './subject.ts';
import { SCOPE } from './views.ts';

const UNSAFE: Partial<Readonly<Record<SubjectName, Unsafe>>> = {
  'no-fence': { skipFence: true },
  'no-epoch': { skipEpoch: true },
  'no-join': { skipJoinRule: true },
};

/** The view cache as a BFF has it, whole or with one part of its algorithm switched off. */
export function createOurCache(options: {
  readonly name: SubjectName;
  readonly feed: ChangeFeed;
  readonly sources: Sources;
  readonly cacheRedisUrl: string;
  readonly log: RedisConnection;
  readonly logger: Logger;
}): Subject & SubjectFollower {
  const { name, feed, sources, cacheRedisUrl, log, logger } = options;
  const redis = connectRedis({ url: cacheRedisUrl, name: 'cache', manner: 'fail-fast', logger });
  const cache = createViewCache<Sources>({
    feed,
    redis,
    logRedis: log,
    sources,
    namespace: 'checker',
    logger,
    metrics: createMetrics(),
    redisDeadlineMs: 150,
    unsafe: UNSAFE[name] ?? {},
  });
  return {
    knowsPositions: true,
    peek: ({ view }, key, token) => cache.peek(view, key, token),
    read: ({ view, params }, token) => cache.read(view, params, { scope: SCOPE, token }),
    loads: () => Object.values(cache.stats().views).reduce((total, { loads }) => total + loads, 0),
    // As shared/bff's cache-follows-log does.
    onRow: ({ position, tags, class: changeClass, version }) => {
      const [tag] = tags;
      const versions = tag === undefined || version === undefined ? [] : [{ tag, version }];
      cache.applyChange({ position, tags, class: changeClass, versions });
    },
    onReset: (reset) => cache.reset(reset),
  };
}
