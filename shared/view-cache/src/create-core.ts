import { createLogStore, createViewStore } from '@cloudphone/redis';
import { randomId, systemClock } from '@cloudphone/runtime';
import { createBulkhead } from './bulkhead.ts';
import type { CacheCore } from './core.ts';
import { createFailingSources } from './failing-sources.ts';
import { createFlights } from './flights.ts';
import { createGuardedStore } from './guarded-store.ts';
import { createKnownVersions } from './known-versions.ts';
import { createMemoryTier } from './memory-tier.ts';
import { createRecipes } from './recipes.ts';
import { createReleases } from './releases.ts';
import { createTallies } from './tally.ts';
import type { ViewCacheOptions } from './view-cache.ts';
import type { ViewStore } from './view-store.ts';
import { createWatermarks } from './watermarks.ts';
import { createWeights } from './weights.ts';

/** Builds what the steps of a read share, with the figures that hold unless told. */
export function createCore<Sources>(options: ViewCacheOptions<Sources>): CacheCore {
  const { feed, logger, metrics, clock = systemClock, random = Math.random } = options;
  const { l1Bytes = 64 * 1024 * 1024, maxTags = 100_000, unsafe = {} } = options;
  const releases = createReleases(clock);
  const store = options.store ?? openStore(options);
  store.onReleased(releases.announce);
  const complete = createMemoryTier(l1Bytes);
  return {
    feed,
    marks: createWatermarks({
      maxTags,
      skipEpoch: unsafe.skipEpoch ?? false,
    }),
    versions: createKnownVersions({ clock, maxTags }),
    complete,
    incomplete: createMemoryTier(Math.ceil(l1Bytes / 16)),
    // Redis answers in real time, whatever clock a test turns.
    store: createGuardedStore({
      store,
      feed,
      clock: systemClock,
      logger,
      deadlineMs: options.redisDeadlineMs ?? 50,
    }),
    flights: createFlights(),
    releases,
    leases: new Set(),
    failing: createFailingSources(clock, random),
    recipes: createRecipes(),
    onHit: () => {},
    bulkhead: createBulkhead({
      maxRunning: options.maxLoads ?? 64,
      maxWaiting: options.maxWaitingLoads ?? 1_000,
    }),
    sources: options.sources,
    tallies: createTallies({ metrics, clock }),
    weights: createWeights({ metrics, clock, memory: complete }),
    clock,
    logger,
    random,
    holder: randomId(),
    tokenWaitMs: options.tokenWaitMs ?? 100,
    unsafe,
  };
}

function openStore(options: ViewCacheOptions<unknown>): ViewStore {
  const { redis, logRedis = redis, namespace, logger, l2Bytes } = options;
  const log = createLogStore({ connection: logRedis, logger });
  const budget = l2Bytes === undefined ? {} : { maxBytes: l2Bytes };
  return createViewStore({ connection: redis, log, namespace, logger, ...budget });
}
