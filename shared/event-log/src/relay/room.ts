import type { LogStore } from '@cloudphone/redis';
import type { Clock, Logger } from '@cloudphone/runtime';

/** Whether the log's Redis has room for more events than it holds. */
export interface Room {
  /** Asks at most once a second. */
  isFull(): Promise<boolean>;
}

const ASK_EVERY_MS = 1_000;
/**
 * A tenth is left to what keeps the platform alive: positions, heartbeats, log-ins. An outbox can wait
 * on a disk, they cannot.
 */
const FULL_AT = 0.9;

/** Says loudly when the log is full and when it is no more. */
export function createRoom(options: {
  readonly store: Pick<LogStore, 'memory'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observe: (isFull: boolean) => void;
}): Room {
  const { store, clock, logger, observe } = options;
  let wasFull = false;
  let askAtMs = Number.NEGATIVE_INFINITY;
  return {
    isFull: async () => {
      if (clock.monotonicMs() < askAtMs) return wasFull;
      const { usedBytes, maxBytes } = await store.memory();
      askAtMs = clock.monotonicMs() + ASK_EVERY_MS;
      const isFull = maxBytes > 0 && usedBytes >= maxBytes * FULL_AT;
      if (isFull && !wasFull) {
        logger.error({ usedBytes, maxBytes }, 'the log is full: events wait in the outbox');
      }
      if (!isFull && wasFull) logger.info({ usedBytes, maxBytes }, 'the log has room again');
      wasFull = isFull;
      observe(isFull);
      return isFull;
    },
  };
}
