import { type Clock, type Logger, pause } from '@cloudphone/runtime';

/** Waits longer after each failure in a row, and says that something is away only once. */
export interface Backoff {
  /** Logs the first failure of an outage, then waits; returns early when the signal aborts. */
  failed(err: unknown, signal: AbortSignal): Promise<void>;
  /** Logs the end of an outage. */
  succeeded(): void;
}

const FIRST_MS = 50;
const LONGEST_MS = 1_000;

export function createBackoff(options: {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names the activity in the log: `relay`. */
  readonly what: string;
  /** Told when an outage begins and when it is over. */
  readonly onChange?: (isAway: boolean) => void;
}): Backoff {
  const { clock, logger, what, onChange = () => {} } = options;
  let failures = 0;
  return {
    failed: async (err, signal) => {
      if (failures++ === 0) {
        logger.warn({ err, what }, 'interrupted; trying again until it works');
        onChange(true);
      }
      const ceilingMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
      await pause(clock, ceilingMs * (0.5 + Math.random() / 2), signal);
    },
    succeeded: () => {
      if (failures === 0) return;
      logger.info({ what, failures }, 'going on');
      failures = 0;
      onChange(false);
    },
  };
}
