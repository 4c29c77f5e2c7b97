import type { Clock } from '@cloudphone/runtime';

/** Callers that wait for something to become true; asked again whenever it may have. */
export interface Waiters {
  /** The first answer that is not undefined, or undefined when time is up. Asks at once. */
  wait<Answer>(ask: () => Answer | undefined, timeoutMs: number): Promise<Answer | undefined>;
  askAgain(): void;
  /** Ends every wait with undefined. */
  close(): void;
}

export function createWaiters(clock: Clock): Waiters {
  const waiting = new Set<(isOver: boolean) => void>();
  return {
    wait: (ask, timeoutMs) => {
      const answer = ask();
      if (answer !== undefined || timeoutMs <= 0) return Promise.resolve(answer);
      return new Promise((resolve) => {
        const settle = (isOver: boolean) => {
          const later = ask();
          if (later === undefined && !isOver) return;
          cancel();
          waiting.delete(settle);
          resolve(later);
        };
        const cancel = clock.after(timeoutMs, () => settle(true));
        waiting.add(settle);
      });
    },
    askAgain: () => {
      for (const settle of waiting) settle(false);
    },
    close: () => {
      for (const settle of waiting) settle(true);
    },
  };
}
