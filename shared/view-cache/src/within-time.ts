import type { Clock } from '@cloudphone/runtime';

/** The promise, or a rejection with `late()` after `timeoutMs`; the work itself goes on. */
export function withinTime<Result>(
  promise: Promise<Result>,
  { timeoutMs, clock, late }: { timeoutMs: number; clock: Clock; late: () => Error },
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(Math.max(0, timeoutMs), () => reject(late()));
    promise.then(
      (result) => {
        cancel();
        resolve(result);
      },
      (err: unknown) => {
        cancel();
        reject(err instanceof Error ? err : new Error(String(err)));
      },
    );
  });
}
