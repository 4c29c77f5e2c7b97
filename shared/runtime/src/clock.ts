/** Cancels a timer; calling it again, or after it fired, does nothing. */
export type CancelTimer = () => void;

/** Time as a port: engines never ask the machine directly, so tests can turn it. */
export interface Clock {
  /** Wall clock, ms since 1970. May jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. Leases and deadlines are timed by it. */
  monotonicMs(): number;
  /** Runs once after `delayMs`. Does not keep the process alive. */
  after(delayMs: number, run: () => void): CancelTimer;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs` on the given clock, or as soon as the signal aborts. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(delayMs, finish);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
