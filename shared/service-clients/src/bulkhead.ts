import { appError } from '@cloudphone/errors';

export interface Bulkhead {
  /** Runs at once, or when a place is free; rejects with overloaded when too many wait already. */
  run<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result>;
  readonly underWay: number;
}

/** At most `places` at a time and twice as many waiting: a slow service cannot hold everything. */
export function createBulkhead(name: string, places: number): Bulkhead {
  const waiting = new Set<() => void>();
  let underWay = 0;

  const enter = (signal: AbortSignal): Promise<void> => {
    if (underWay < places) {
      underWay += 1;
      return Promise.resolve();
    }
    if (waiting.size >= places * 2) {
      return Promise.reject(
        appError('overloaded', { privateDetail: `${name}: ${underWay} calls under way` }),
      );
    }
    return new Promise((resolve, reject) => {
      const goOn = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        waiting.delete(goOn);
        reject(signal.reason);
      };
      waiting.add(goOn);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  };

  const leave = () => {
    const [next] = waiting;
    if (next === undefined) {
      underWay -= 1;
      return;
    }
    // The place passes on, so nobody slips in between.
    waiting.delete(next);
    next();
  };

  return {
    get underWay() {
      return underWay;
    },
    run: async (work, signal) => {
      await enter(signal);
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
