import type { Clock } from './clock.ts';

export interface ManualClock extends Clock {
  /** Moves time on and runs what falls due, in order of time. */
  turn(byMs: number): void;
}

/** A clock that stands still until a test turns it. */
export function createManualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  let elapsedMs = 0;
  const timers = new Set<{ dueMs: number; run: () => void }>();
  const nextDue = (untilMs: number) =>
    [...timers].filter((timer) => timer.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];
  return {
    now: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    after: (delayMs, run) => {
      const timer = { dueMs: elapsedMs + delayMs, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    turn: (byMs) => {
      const untilMs = elapsedMs + byMs;
      for (let timer = nextDue(untilMs); timer; timer = nextDue(untilMs)) {
        elapsedMs = Math.max(elapsedMs, timer.dueMs);
        timers.delete(timer);
        timer.run();
      }
      elapsedMs = untilMs;
    },
  };
}
