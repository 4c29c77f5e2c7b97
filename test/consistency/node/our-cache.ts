import { connectRedis, type RedisConnection } from '@cloudphone/redis';
import { createMetrics, type Logger } from '@cloudphone/runtime';
import { type ChangeFeed, createViewCache, type Token, type Unsafe } from '@cloudphone/view-cache';
import type { Sources } from './sources.ts';
import type { Subject, SubjectFollower, SubjectName } from './subject.ts';
import { SCOPE } from './views.ts';

const UNSAFE: Partial<Readonly<Record<SubjectName, Unsafe>>> = {
  'no-fence': { skipFence: true },
  'no-epoch': { skipEpoch: true },
  'no-join': { skipJoinRule: true },
};

/** The view cache as a BFF has it, whole or with something about it wrong. */
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
    feed: name === 'no-trust' ? alwaysTrusted(feed) : feed,
    redis,
    logRedis: log,
    sources,
    namespace: 'checker',
    logger,
    metrics: createMetrics(),
    redisDeadlineMs: 150,
    // Three nodes share one source: more at a time would be late on a busy machine, all of them.
    maxLoads: 24,
    unsafe: UNSAFE[name] ?? {},
  });
  const presented = (token: Token | undefined) => (name === 'no-tokens' ? undefined : token);
  return {
    knowsPositions: true,
    peek: ({ view }, key, token) => cache.peek(view, key, presented(token)),
    read: ({ view, params }, token) =>
      cache.read(view, params, { scope: SCOPE, token: presented(token) }),
    loads: () => Object.values(cache.stats().views).reduce((total, { loads }) => total + loads, 0),
    // As shared/bff's cache-follows-log does.
    onRow: ({ position, tags, class: changeClass, version }) => {
      const [tag] = tags;
      const isTold = tag !== undefined && version !== undefined && name !== 'no-versions';
      const versions = isTold ? [{ tag, version }] : [];
      const told = name === 'no-access' ? 'fact' : changeClass;
      cache.applyChange({ position, tags, class: told, versions });
    },
    onReset: (reset) => cache.reset(reset),
  };
}

function alwaysTrusted(feed: ChangeFeed): ChangeFeed {
  return {
    get applied() {
      return feed.applied;
    },
    isTrusted: true,
    waitFor: (position, timeoutMs) => feed.waitFor(position, timeoutMs),
    observe: (position) => feed.observe(position),
  };
}
