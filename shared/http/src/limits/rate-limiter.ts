import { type RedisConnection, takeFromWindow } from '@cloudphone/redis';
import { type Clock, type Logger, systemClock } from '@cloudphone/runtime';
import { LRUCache } from 'lru-cache';
import { type Allowance, Holding, type LimitedBy, type LimitRule } from './allowance.ts';

/** So many requests in so long a window. */
export interface Limit {
  readonly limit: number;
  readonly windowMs: number;
}

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
  /** What `take` counts with, for whoever asks it again and again. */
  allowanceOf(by: LimitedBy, key: string): Allowance;
  readonly rules: Readonly<Record<LimitedBy, LimitRule>>;
}

const BLOCKS_PER_WINDOW = 20;
const MAX_KEYS = 50_000;

/**
 * Fixed windows, counted together in Redis and handed to processes in blocks of a twentieth, fetched
 * in the background before the last one is used up. While a block is on its way, and while Redis is
 * away, a process grants by its own count up to the whole limit: a limit is then at most exceeded
 * by what arrives during one round trip, or by the number of processes. Memory: the 50,000 people
 * and the 50,000 addresses last seen.
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
  const rules = {
    person: { by: 'person', ...options.perPerson },
    address: { by: 'address', ...options.perAddress },
  } as const;
  const holdings = { person: holdingsByKey(), address: holdingsByKey() };

  const refill = async (holding: Holding): Promise<void> => {
    if (redis === undefined || !redis.isReady) return;
    const { rule, key, window, owed } = holding;
    const { by, limit, windowMs } = rule;
    // What was used on credit is asked for too, so that all processes' counts add up.
    const wanted = Math.max(1, Math.ceil(limit / BLOCKS_PER_WINDOW)) + owed;
    holding.isAsking = true;
    try {
      const request = { key: `${by}:${key}`, window, windowMs, wanted, limit };
      const grant = await takeFromWindow(redis, request);
      holding.lease(window, { ...grant, wanted });
    } catch (err) {
      options.logger?.debug({ err }, 'rate limits are counted locally');
    } finally {
      if (holding.window === window) holding.isAsking = false;
    }
  };

  const allowanceOf = (by: LimitedBy, key: string): Holding => {
    const known = holdings[by].get(key);
    if (known !== undefined) return known;
    const rule = rules[by];
    const lowWater = rule.limit / BLOCKS_PER_WINDOW / 2;
    const askForMore = (asking: Holding) => void refill(asking);
    const holding = new Holding({ rule, key, lowWater, askForMore });
    holdings[by].set(key, holding);
    return holding;
  };

  return {
    rules,
    allowanceOf,
    take: (by, key) => {
      const nowMs = clock.now();
      const allowance = allowanceOf(by, key);
      const isAllowed = allowance.take(nowMs);
      return {
        by,
        isAllowed,
        limit: allowance.rule.limit,
        windowSeconds: allowance.rule.windowMs / 1_000,
        remaining: isAllowed ? allowance.remaining : 0,
        resetSeconds: allowance.resetSeconds(nowMs),
      };
    },
  };
}

const holdingsByKey = () =>
  new LRUCache<string, Holding>({
    max: MAX_KEYS,
    dispose: (holding) => {
      holding.isForgotten = true;
    },
  });
