import type { Clock } from '@cloudphone/runtime';

/** What one client may ask for: a page that opens asks a lot at once, then little. */
const BURST = 200;
const PER_SECOND = 20;

/** A token bucket of one socket. Returns whether one more message may be answered. */
export function createMessageBudget(clock: Clock): () => boolean {
  let left = BURST;
  let filledAtMs = clock.monotonicMs();
  return () => {
    const nowMs = clock.monotonicMs();
    left = Math.min(BURST, left + ((nowMs - filledAtMs) / 1_000) * PER_SECOND);
    filledAtMs = nowMs;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
