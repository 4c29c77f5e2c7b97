import { appError } from '@cloudphone/errors';

/** So many loads at a time and so many waiting; the next is refused. */
export interface Bulkhead {
  readonly running: number;
  readonly waiting: number;
  /** Rejects with `overloaded` when the queue is full. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function createBulkhead(options: {
  readonly maxRunning: number;
  readonly maxWaiting: number;
}): Bulkhead {
  const queue: (() => void)[] = [];
  let running = 0;

  const takePlace = (): Promise<void> => {
    if (running < options.maxRunning) {
      running++;
      return Promise.resolve();
    }
    if (queue.length >= options.maxWaiting) {
      throw appError('overloaded', { privateDetail: 'too many loads of views are waiting' });
    }
    return new Promise((resolve) => queue.push(resolve));
  };
  // The place goes straight to the next in line: nobody can slip in between.
  const leave = (): void => {
    const next = queue.shift();
    if (next) next();
    else running--;
  };

  return {
    get running() {
      return running;
    },
    get waiting() {
      return queue.length;
    },
    run: async (work) => {
      await takePlace();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
