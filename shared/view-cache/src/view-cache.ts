import type { RedisConnection } from '@cloudphone/redis';
import type { Clock, Logger, Metrics } from '@cloudphone/runtime';
import type { z } from 'zod';
import type { ViewAnswer } from './answer.ts';
import type { Change, ChangeFeed, Reset } from './change-feed.ts';
import type { Unsafe } from './core.ts';
import type { Scope, View } from './define-view.ts';
import type { Random } from './freshness.ts';
import type { EntryReport, Explanation, ListOptions } from './inspect.ts';
import type { Position } from './position.ts';
import type { Token } from './reader.ts';
import type { Recipe } from './recipes.ts';
import type { ShadowCounts } from './shadow-validator.ts';
import type { Tally } from './tally.ts';
import type { ViewKey } from './view-key.ts';
import type { ViewStore } from './view-store.ts';
import type { WarmUp } from './warm-up.ts';

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
  /** What answers in Redis may weigh, of all processes of the namespace together; 256 MiB unless told. */
  readonly l2Bytes?: number;
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
  /** One hit in so many, and at most one a second, is compared with the source; 0 for none (the default). */
  readonly validateOneIn?: number;
}

export interface ReadOptions {
  readonly scope: Scope;
  /** The answer includes everything up to it. One beyond what the log has reached is ignored. */
  readonly token?: Token | undefined;
  /** When this caller stops waiting; by default the request's deadline. The load goes on. */
  readonly deadlineMs?: number | undefined;
}

export interface ViewStats extends Readonly<Tally> {
  /** Hits in memory in the last ten seconds, and half of it as it was before. */
  readonly heat: number;
  readonly memoryBytes: number;
}

export interface ViewCacheStats {
  readonly position: Change['position'] | undefined;
  readonly isTrusted: boolean;
  readonly isStoreAway: boolean;
  readonly memory: { readonly bytes: number; readonly entries: number };
  /** Of the whole namespace, as Redis last said. */
  readonly storedBytes: number | undefined;
  readonly watermarks: { readonly tags: number; readonly floor: number };
  readonly loads: { readonly running: number; readonly waiting: number };
  readonly views: Readonly<Record<string, ViewStats>>;
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
  /**
   * The hottest in the cluster, or of one view (invalid_input when there is none of that name), or
   * those named; at most `limit` (100).
   */
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
