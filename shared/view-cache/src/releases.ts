import type { Clock } from '@cloudphone/runtime';

/** Waits for leases that others give back. */
export interface Releases {
  /** True when the key's lease was given back, false after `timeoutMs`. */
  next(key: string, timeoutMs: number): Promise<boolean>;
  announce(key: string): void;
}

export function createReleases(clock: Clock): Releases {
  const waiting = new Map<string, Set<() => void>>();
  return {
    announce: (key) => {
      for (const wake of waiting.get(key) ?? []) wake();
    },
    next: (key, timeoutMs) =>
      new Promise((resolve) => {
        const waiters = waiting.get(key) ?? new Set();
        waiting.set(key, waiters);
        const finish = (wasReleased: boolean): void => {
          cancel();
          waiters.delete(wake);
          if (waiters.size === 0 && waiting.get(key) === waiters) waiting.delete(key);
          resolve(wasReleased);
        };
        const wake = (): void => finish(true);
        const cancel = clock.after(timeoutMs, () => finish(false));
        waiters.add(wake);
      }),
  };
}
