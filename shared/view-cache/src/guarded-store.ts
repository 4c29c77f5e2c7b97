import { upstreamTimeout, upstreamUnavailable } from '@cloudphone/errors';
import type { Clock, Logger } from '@cloudphone/runtime';
import type { ChangeFeed } from './change-feed.ts';
import type { ViewStore } from './view-store.ts';
import { withinTime } from './within-time.ts';

/**
 * The second tier as readers may use it: no command takes longer than its deadline, and after one
 * that failed nobody waits any more, nor asks again, until a probe has been answered and the feed has
 * caught up. A hung store then costs all readers together one deadline, once.
 */
export interface GuardedStore {
  readonly isAway: boolean;
  /** Runs the command, or rejects at once while the store is away. */
  ask<Result>(command: (store: ViewStore) => Promise<Result>): Promise<Result>;
  /**
   * The same for operators, who wait longer, for walks over all keys: five seconds a command. One that
   * is late fails alone and says nothing of the store.
   */
  askPatiently<Result>(command: (store: ViewStore) => Promise<Result>): Promise<Result>;
  /** Resolves when no command is under way. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const FIRST_PROBE_MS = 50;
const LATEST_PROBE_MS = 500;
const PROBE_KEY = 'probe';
const PATIENCE_MS = 5_000;

export function createGuardedStore(options: {
  readonly store: ViewStore;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly deadlineMs: number;
}): GuardedStore {
  const { store, feed, clock, logger, deadlineMs } = options;
  let isAway = false;
  let isClosed = false;
  let cancelProbe = () => {};
  const underWay = new Set<Promise<unknown>>();
  const waiting = new Set<(reason: Error) => void>();

  const inTime = <Result>(command: Promise<Result>): Promise<Result> =>
    withinTime(command, {
      timeoutMs: deadlineMs,
      clock,
      late: () => upstreamTimeout('redis', deadlineMs),
    });

  const leaveAlone = (err: unknown): void => {
    if (isAway || isClosed) return;
    isAway = true;
    logger.warn({ err }, 'views are served without their store');
    for (const giveUp of waiting) giveUp(leftAlone());
    probeAfter(FIRST_PROBE_MS);
  };
  /** Whoever asked shortly before the command that failed need not find out for itself. */
  const untilAway = <Result>(command: Promise<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      waiting.add(reject);
      command.then(resolve, reject).finally(() => waiting.delete(reject));
    });
  const probeAfter = (delayMs: number): void => {
    cancelProbe = clock.after(delayMs, () => void probe(delayMs));
  };
  const probe = async (delayMs: number): Promise<void> => {
    try {
      await inTime(store.lookUp(PROBE_KEY));
      if (feed.isTrusted) {
        isAway = false;
        logger.info({}, 'views are served with their store again');
        return;
      }
    } catch (err) {
      logger.debug({ err }, 'the views’ store is still away');
    }
    if (!isClosed) probeAfter(Math.min(LATEST_PROBE_MS, delayMs * 2));
  };

  return {
    get isAway() {
      return isAway;
    },
    ask: async (command) => {
      if (isAway || isClosed) throw leftAlone();
      const answer = untilAway(inTime(command(store)));
      underWay.add(answer);
      try {
        return await answer;
      } catch (err) {
        leaveAlone(err);
        throw err;
      } finally {
        underWay.delete(answer);
      }
    },
    askPatiently: async (command) => {
      if (isAway || isClosed) throw leftAlone();
      const answer = withinTime(command(store), {
        timeoutMs: PATIENCE_MS,
        clock,
        late: () => upstreamTimeout('redis', PATIENCE_MS),
      });
      underWay.add(answer);
      try {
        return await answer;
      } finally {
        underWay.delete(answer);
      }
    },
    settled: async () => {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
    close: async () => {
      isClosed = true;
      cancelProbe();
      await store.close();
    },
  };
}

const leftAlone = () => upstreamUnavailable('redis', 'left alone since it failed');
