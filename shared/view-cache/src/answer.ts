import type { Position } from './position.ts';

/**
 * `hit`: nothing it was built from has changed, as far as is known; past its freshness `ttlMs` is
 * negative. `miss`: loaded for this read. `stale`: something changed, or should have been asked
 * again, and the source failed or the view tolerates it. `bypass`: loaded without the cache.
 */
export type AnswerStatus = 'hit' | 'miss' | 'stale' | 'bypass';
export type AnswerTier = 'memory' | 'redis' | 'source';

export interface PartTiming {
  readonly part: string;
  readonly durationMs: number;
}

/**
 * What a read gives. `body` is shared by everybody who gets it: never write into it. Ages are read
 * off when asked for; they are getters, so copy members by name.
 */
export interface ViewAnswer {
  /** JSON, UTF-8. */
  readonly body: Buffer;
  /** Strong, quotes included. */
  readonly etag: string;
  /**
   * Nothing up to here is missing from it; what a client is told as its consistency token. Undefined
   * when the log was never reached since the process began.
   */
  readonly position: Position | undefined;
  readonly status: AnswerStatus;
  readonly tier: AnswerTier;
  /** Parts that are null because their source failed. */
  readonly degraded: readonly string[];
  /** Parts that are older than they should be because their source failed. */
  readonly stale: readonly string[];
  readonly ageMs: number;
  /** What is left of its freshness, or until it changes by time alone; negative afterwards. */
  readonly ttlMs: number;
  /** How long each part took to load; empty unless loaded for this read. */
  readonly timings: readonly PartTiming[];
}
