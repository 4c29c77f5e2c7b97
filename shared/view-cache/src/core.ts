import type { Clock, Logger } from '@cloudphone/runtime';
import type { Bulkhead } from './bulkhead.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { Entry } from './entry.ts';
import type { FailingSources } from './failing-sources.ts';
import type { Flights } from './flights.ts';
import type { Random } from './freshness.ts';
import type { GuardedStore } from './guarded-store.ts';
import type { KnownVersions } from './known-versions.ts';
import type { MemoryTier } from './memory-tier.ts';
import type { Recipes } from './recipes.ts';
import type { Releases } from './releases.ts';
import type { Tallies } from './tally.ts';
import type { Watermarks } from './watermarks.ts';
import type { Weights } from './weights.ts';

/**
 * Parts of the algorithm that the consistency checker switches off, to prove that it would notice.
 * Never set otherwise: each of them makes the cache serve old answers.
 */
export interface Unsafe {
  /** A load counts as begun when it ended, so that changes in between go unnoticed. */
  readonly skipFence?: boolean;
  /** Entries of a log that may have lost writes count as this log's. */
  readonly skipEpoch?: boolean;
  /** Every reader joins any load under way and takes what it brings. */
  readonly skipJoinRule?: boolean;
}

/** What the steps of a read share. */
export interface CacheCore {
  readonly feed: ChangeFeed;
  readonly marks: Watermarks;
  readonly versions: KnownVersions;
  /** The last complete answers, valid or not: what is not valid any more may still help a failing source. */
  readonly complete: MemoryTier;
  /** Answers with a part missing or old; they live for a moment and never leave the process. */
  readonly incomplete: MemoryTier;
  readonly store: GuardedStore;
  readonly flights: Flights;
  readonly releases: Releases;
  /** Keys whose lease this process holds. */
  readonly leases: Set<string>;
  readonly failing: FailingSources;
  readonly recipes: Recipes;
  /** Offered every hit from memory; takes some, to compare them with the source. */
  onHit: (key: string, entry: Entry) => void;
  readonly bulkhead: Bulkhead;
  readonly sources: unknown;
  readonly tallies: Tallies;
  readonly weights: Weights;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: Random;
  readonly holder: string;
  readonly tokenWaitMs: number;
  readonly unsafe: Unsafe;
}
