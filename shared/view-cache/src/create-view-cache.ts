import { appError, deadlineExceeded } from '@cloudphone/errors';
import { createLogStore, createViewStore, type RedisConnection } from '@cloudphone/redis';
import {
  type Clock,
  currentRequestContext,
  type Logger,
  type Metrics,
  randomId,
  systemClock,
} from '@cloudphone/runtime';
import type { z } from 'zod';
import type { ViewAnswer } from './answer.ts';
import { createBulkhead } from './bulkhead.ts';
import type { Change, ChangeFeed, Reset } from './change-feed.ts';
import type { CacheCore, Unsafe } from './core.ts';
import type { AnyView, Scope, View } from './define-view.ts';
import { createFailingSources } from './failing-sources.ts';
import { createFlights } from './flights.ts';
import type { Random } from './freshness.ts';
import { createGuardedStore } from './guarded-store.ts';
import { createHeat } from './heat.ts';
import {
  type EntryReport,
  type Explanation,
  explainEntry,
  type ListOptions,
  listEntries,
} from './inspect.ts';
import { createMemoryTier } from './memory-tier.ts';
import type { Position } from './position.ts';
import { peekView, readView } from './read-view.ts';
import type { Token, ViewRequest } from './reader.ts';
import { createRecipes, type Recipe } from './recipes.ts';
import { createReleases } from './releases.ts';
import { createShadowValidator, type ShadowCounts } from './shadow-validator.ts';
import { createTallies, type Tally } from './tally.ts';
import { keyOfParsed, parseParams, type ViewKey } from './view-key.ts';
import type { ViewStore } from './view-store.ts';
import { type WarmUp, warmUp } from './warm-up.ts';
import { createWatermarks } from './watermarks.ts';
import { withinTime } from './within-time.ts';

export interface ViewCacheOptions<Sources> {
  readonly feed: ChangeFeed;
  /** Where views are kept; fail-fast. */
  readonly redis: RedisConnection;
  /** Where the log is, when that is another server. */
  readonly logRedis?: RedisConnection;
  /** What loads read from. Its calls report what they were built from to the read context. */
  readonly sources: Sources;
  /** Keeps the keys of two caches on one Redis apart. */
  readonly namespace: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
  /** What answers in memory may weigh; 64 MiB unless told. */
  readonly l1Bytes?: number;
  /** Tags whose changes are remembered; 100,000 unless told. */
  readonly maxTags?: number;
  /** How long one command of Redis may take; 50 unless told. */
  readonly redisDeadlineMs?: number;
  /** How long a read waits for the feed to reach its token; 100 unless told. */
  readonly tokenWaitMs?: number;
  /** Loads at a time, and waiting for their turn; 64 and 1,000 unless told. */
  readonly maxLoads?: number;
  readonly maxWaitingLoads?: number;
  /** In place of `redis`. */
  readonly store?: ViewStore;
  readonly random?: Random;
  readonly unsafe?: Unsafe;
  /** Views that may be warmed before anybody has asked for them here, and are, every 5 minutes. */
  readonly views?: readonly View<Sources>[];
  /** Puts a row with these tags into the log; what `invalidate` does. */
  readonly publishInvalidation?: (tags: readonly string[]) => Promise<Position>;
  /** One hit in so many is compared with the source; 0 for none (the default). */
  readonly validateOneIn?: number;
}

export interface ReadOptions {
  readonly scope: Scope;
  /** The answer includes everything up to it. One beyond what the log has reached is ignored. */
  readonly token?: Token | undefined;
  /** When this caller stops waiting; by default the request's deadline. The load goes on. */
  readonly deadlineMs?: number | undefined;
}

export interface ViewCacheStats {
  readonly position: Change['position'] | undefined;
  readonly isTrusted: boolean;
  readonly isStoreAway: boolean;
  readonly memory: { readonly bytes: number; readonly entries: number };
  readonly watermarks: { readonly tags: number; readonly floor: number };
  readonly loads: { readonly running: number; readonly waiting: number };
  readonly views: Readonly<Record<string, Readonly<Tally>>>;
  /** Keys of this node, hottest first. */
  readonly hottest: readonly string[];
  readonly shadow: ShadowCounts & { readonly stalePpm: number };
}

/** Composite views, kept in memory and in Redis, dropped when what they were built from changes. */
export interface ViewCache<Sources> {
  /**
   * Never older than what this node knew, or the token said, when the read began, unless the answer
   * says `stale`. Throws invalid_input, not_found, deadline_exceeded (this caller alone), or what the
   * source threw. Without Redis it loads from the source, through a bulkhead (`overloaded`).
   */
  read<Params extends z.ZodType, Body>(
    view: View<Sources, Params, Body>,
    params: z.input<Params>,
    options: ReadOptions,
  ): Promise<ViewAnswer>;
  /** Synchronous: the answer that memory holds and this node knows to be valid, or undefined. */
  peek<Params extends z.ZodType, Body>(
    view: View<Sources, Params, Body>,
    key: ViewKey,
    token?: Token,
  ): ViewAnswer | undefined;
  /** In log order, before anybody else hears of it. */
  applyChange(change: Change): void;
  reset(reset: Reset): void;
  stats(): ViewCacheStats;
  /** Drops every view built from one of the tags, on all nodes: resolves when this one has. */
  invalidate(tags: readonly string[]): Promise<Position>;
  /** The hottest in the cluster, or of one view, or those named; at most `limit` (100). */
  warm(wanted?: {
    readonly view?: string;
    readonly recipes?: readonly Recipe[];
    readonly limit?: number;
  }): Promise<WarmUp>;
  listEntries(options?: ListOptions): Promise<readonly EntryReport[]>;
  explain(key: string): Promise<Explanation>;
  /** Resolves when no load and no command is under way. */
  settled(): Promise<void>;
  /** Waits for loads under way; closes what it opened, not the connections it was given. */
  close(): Promise<void>;
}

const DEFAULT_DEADLINE_MS = 10_000;
const INVALIDATION_WAIT_MS = 1_000;
const WARM_EVERY_MS = 5 * 60_000;

export function createViewCache<Sources>(options: ViewCacheOptions<Sources>): ViewCache<Sources> {
  const core = createCore(options);
  const { clock, feed } = core;
  const views = new Map<string, AnyView>();
  const heat = createHeat(core);
  const { validateOneIn = 0 } = options;
  const shadow = createShadowValidator(core, { metrics: options.metrics, oneIn: validateOneIn });
  if (validateOneIn > 0) core.onHit = shadow.offer;

  const register = (view: AnyView): void => {
    const known = views.get(view.name);
    if (known === view) return;
    if (known !== undefined) {
      throw appError('internal', { privateDetail: `two views are named '${view.name}'` });
    }
    views.set(view.name, view);
  };
  for (const view of options.views ?? []) register(view as AnyView);

  const warm: ViewCache<Sources>['warm'] = async ({ limit = 100, ...wanted } = {}) => {
    await heat.merge();
    return await warmUp(core, views, { ...wanted, limit });
  };
  const stopWarming = options.views ? warmRegularly(core, warm) : () => {};

  const toRequest = (
    view: AnyView,
    params: unknown,
    { scope, token }: ReadOptions,
  ): ViewRequest => {
    register(view);
    const parsed = parseParams(view, params);
    const key = keyOfParsed(view, parsed, scope);
    return { view, key, params: parsed, scope, token };
  };

  return {
    read: async (view, params, readOptions) => {
      const request = toRequest(view as AnyView, params, readOptions);
      const hit = peekView(core, request, request.token);
      if (hit) return hit;
      core.recipes.note(request);
      const timeoutMs = readOptions.deadlineMs ?? requestTimeLeftMs(clock);
      return await withinTime(readView(core, request), {
        timeoutMs,
        clock,
        late: () => deadlineExceeded(`view ${view.name}`, timeoutMs),
      });
    },
    peek: (view, key, token) => peekView(core, { view: view as AnyView, key }, token),
    applyChange: (change) => {
      core.marks.apply(change);
      heat.onChange();
    },
    reset: ({ position }) => {
      if (position.epoch !== core.marks.position?.epoch && !core.unsafe.skipEpoch) {
        core.complete.clear();
        core.incomplete.clear();
      }
      core.marks.reset(position);
    },
    stats: () => ({
      ...statsOf(core),
      hottest: heat.hottest(20),
      shadow: { ...shadow.counts, stalePpm: shadow.stalePpm },
    }),
    invalidate: async (tags) => {
      if (options.publishInvalidation === undefined) {
        throw appError('internal', { privateDetail: 'the cache was given no publishInvalidation' });
      }
      const position = await options.publishInvalidation(tags);
      await feed.waitFor(position, INVALIDATION_WAIT_MS);
      return position;
    },
    warm,
    listEntries: (listOptions = {}) => listEntries(core, listOptions),
    explain: (key) => explainEntry(core, key),
    settled: () => settled(core),
    close: async () => {
      heat.close();
      stopWarming();
      await settled(core);
      core.tallies.close();
      await core.store.close();
    },
  };
}

function createCore<Sources>(options: ViewCacheOptions<Sources>): CacheCore {
  const { feed, logger, metrics, clock = systemClock, random = Math.random } = options;
  const { l1Bytes = 64 * 1024 * 1024, unsafe = {} } = options;
  const releases = createReleases(clock);
  const store = options.store ?? openStore(options);
  store.onReleased(releases.announce);
  return {
    feed,
    marks: createWatermarks({
      maxTags: options.maxTags ?? 100_000,
      skipEpoch: unsafe.skipEpoch ?? false,
    }),
    complete: createMemoryTier(l1Bytes),
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
    clock,
    logger,
    random,
    holder: randomId(),
    tokenWaitMs: options.tokenWaitMs ?? 100,
    unsafe,
  };
}

function openStore(options: ViewCacheOptions<unknown>): ViewStore {
  const { redis, logRedis = redis, namespace, logger } = options;
  const log = createLogStore({ connection: logRedis, logger });
  return createViewStore({ connection: redis, log, namespace, logger });
}

function warmRegularly(core: CacheCore, warm: () => Promise<WarmUp>): () => void {
  let cancel = () => {};
  const warmLater = (): void => {
    cancel = core.clock.after(WARM_EVERY_MS, () => {
      warm().catch((err: unknown) => core.logger.debug({ err }, 'views were not warmed'));
      warmLater();
    });
  };
  warmLater();
  return () => cancel();
}

async function settled(core: CacheCore): Promise<void> {
  await core.flights.allLanded();
  await core.store.settled();
}

function requestTimeLeftMs(clock: Clock): number {
  const deadlineAtMs = currentRequestContext()?.deadlineAtMs;
  if (deadlineAtMs === undefined) return DEFAULT_DEADLINE_MS;
  return Math.max(0, deadlineAtMs - clock.monotonicMs());
}

function statsOf(core: CacheCore): Omit<ViewCacheStats, 'hottest' | 'shadow'> {
  return {
    position: core.marks.position,
    isTrusted: core.feed.isTrusted,
    isStoreAway: core.store.isAway,
    memory: { bytes: core.complete.bytes, entries: core.complete.size },
    watermarks: { tags: core.marks.size, floor: core.marks.floor },
    loads: { running: core.bulkhead.running, waiting: core.bulkhead.waiting },
    views: Object.fromEntries([...core.tallies.all()].map(([view, tally]) => [view, { ...tally }])),
  };
}
