import type { Backoff } from '../backoff.ts';

/** Where all lanes of a group wait while what they need is away. */
export interface Gate {
  /** Resolves at once while the gate is open. */
  pass(): Promise<void>;
  /** Closes it for a while, longer after each failure in a row; resolves when it opens. */
  close(err: unknown): Promise<void>;
  /** What had failed works: the next failure is a first one. */
  passed(): void;
}

export function createGate(backoff: Backoff, signal: AbortSignal): Gate {
  let closed: Promise<void> | undefined;
  return {
    pass: () => closed ?? Promise.resolve(),
    close: (err) => {
      closed ??= backoff.failed(err, signal).finally(() => {
        closed = undefined;
      });
      return closed;
    },
    passed: backoff.succeeded,
  };
}
