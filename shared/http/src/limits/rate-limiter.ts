import { type RedisConnection, takeFromWindow } from '@cloudphone/redis';
import { type Clock, type Logger, systemClock } from '@cloudphone/runtime';
import { LRUCache } from 'lru-cache';

/** So many requests in so long a window. */
export interface Limit {
  readonly limit: number;
  readonly windowMs: number;
}

export type LimitedBy = 'person' | 'address';

export interface LimitDecision {
  readonly by: LimitedBy;
  readonly isAllowed: boolean;
  readonly limit: number;
  readonly windowSeconds: number;
  /** What this process knows to be left; others may have taken some of it. */
  readonly remaining: number;
  readonly resetSeconds: number;
}

export interface RateLimiter {
  /** Counts one request. Asks nobody: the answer comes from what this process holds. */
  take(by: LimitedBy, key: string): LimitDecision;
}

/** What one process holds of one person's or address's window. */
interface Holding {
  readonly window: number;
  used: number;
  /** What Redis has handed to this process. */
  leased: number;
  /** What Redis has handed to all of them, as far as this process has heard. */
  leasedByAll: number;
  isAsking: boolean;
  isSpent: boolean;
}

const BLOCKS_PER_WINDOW = 20;
const MAX_KEYS = 50_000;

/**
 * Fixed windows, counted together in Redis and handed to processes in blocks of a twentieth, fetched
 * in the background before the last one is used up. While a block is on its way, and while Redis is
 * away, a process grants by its own count up to the whole limit: a limit is then at most exceeded
 * by what arrives during one round trip, or by the number of processes. Memory: the 50,000 keys
 * last seen.
 */
export function createRateLimiter(options: {
  /** Absent: each process counts for itself. */
  readonly redis?: RedisConnection;
  readonly perPerson: Limit;
  readonly perAddress: Limit;
  readonly clock?: Clock;
  readonly logger?: Logger;
}): RateLimiter {
  const { redis, clock = systemClock } = options;
  const limits = { person: options.perPerson, address: options.perAddress };
  const holdings = new LRUCache<string, Holding>({ max: MAX_KEYS });

  const refill = async (holding: Holding, by: LimitedBy, key: string): Promise<void> => {
    if (redis === undefined || !redis.isReady || holding.isAsking || holding.isSpent) return;
    const { limit, windowMs } = limits[by];
    const block = Math.max(1, Math.ceil(limit / BLOCKS_PER_WINDOW));
    // What was used on credit is asked for too, so that all processes' counts add up.
    const wanted = block + Math.max(0, holding.used - holding.leased);
    holding.isAsking = true;
    try {
      const { granted, total } = await takeFromWindow(redis, {
        key: `${by}:${key}`,
        window: holding.window,
        windowMs,
        wanted,
        limit,
      });
      holding.leased += granted;
      holding.leasedByAll = total;
      holding.isSpent = granted < wanted;
    } catch (err) {
      options.logger?.debug({ err }, 'rate limits are counted locally');
    } finally {
      holding.isAsking = false;
    }
  };

  return {
    take: (by, key) => {
      const { limit, windowMs } = limits[by];
      const nowMs = clock.now();
      const window = Math.floor(nowMs / windowMs);
      const name = `${by}:${key}`;
      let holding = holdings.get(name);
      if (holding?.window !== window) {
        holding = { window, used: 0, leased: 0, leasedByAll: 0, isAsking: false, isSpent: false };
        holdings.set(name, holding);
      }
      const isAllowed = holding.used < (holding.isSpent ? Math.min(holding.leased, limit) : limit);
      if (isAllowed) holding.used += 1;
      const lowWater = limit / BLOCKS_PER_WINDOW / 2;
      if (holding.leased - holding.used <= lowWater) void refill(holding, by, key);
      const takenByOthers = Math.max(0, holding.leasedByAll - holding.leased);
      return {
        by,
        isAllowed,
        limit,
        windowSeconds: windowMs / 1_000,
        remaining: isAllowed ? Math.max(0, limit - holding.used - takenByOthers) : 0,
        resetSeconds: Math.ceil(((window + 1) * windowMs - nowMs) / 1_000),
      };
    },
  };
}
