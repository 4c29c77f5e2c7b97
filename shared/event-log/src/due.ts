import type { Clock } from '@cloudphone/runtime';

/** Answers true the first time, and then at most once in `everyMs`. */
export function createDue(clock: Clock, everyMs: number): () => boolean {
  let atMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = clock.monotonicMs();
    if (nowMs < atMs) return false;
    atMs = nowMs + everyMs;
    return true;
  };
}
