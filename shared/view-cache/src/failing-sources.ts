import { type AppError, toAppError } from '@cloudphone/errors';
import type { Clock } from '@cloudphone/runtime';
import { LRUCache } from 'lru-cache';
import type { Random } from './freshness.ts';

/**
 * Failures are remembered for a moment, so that a failing source gets one call rather than one for
 * each reader. Keyed by view key, or by view key and part.
 */
export interface FailingSources {
  /** The failure, while it is too early to try again. */
  find(key: string): AppError | undefined;
  /** Returns for how long it is remembered. */
  remember(key: string, failure: unknown): number;
  forget(key: string): void;
}

interface Remembered {
  readonly failure: AppError;
  readonly untilMs: number;
  readonly times: number;
}

const FIRST_DELAY_MS = 125;
const LONGEST_DELAY_MS = 2_000;

export function createFailingSources(clock: Clock, random: Random): FailingSources {
  const failures = new LRUCache<string, Remembered>({ max: 10_000 });
  return {
    find: (key) => {
      const remembered = failures.get(key);
      return remembered && clock.monotonicMs() < remembered.untilMs
        ? remembered.failure
        : undefined;
    },
    remember: (key, thrown) => {
      const failure = toAppError(thrown);
      const times = (failures.get(key)?.times ?? 0) + 1;
      const ceilingMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(times, 10));
      const delayMs = ceilingMs * (0.5 + random() / 2);
      failures.set(key, { failure, untilMs: clock.monotonicMs() + delayMs, times });
      return delayMs;
    },
    forget: (key) => void failures.delete(key),
  };
}

/** Not the source saying “no”, but the source not being able to say. */
export function isSourceFailure(thrown: unknown): boolean {
  const failure = toAppError(thrown);
  return failure.status >= 500 && failure.code !== 'overloaded';
}
