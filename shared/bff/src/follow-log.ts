import { createTail, type LogRow, type Tail, type TailReset } from '@cloudphone/event-log';
import type { Logger, Metrics } from '@cloudphone/runtime';
import type { Engines } from './connect-engines.ts';

/** One who follows the log. A throw means that the row counts as missed: a reset follows. */
export interface LogFollower {
  readonly onRow?: (row: LogRow) => void;
  readonly onReset?: (reset: TailReset) => void;
}

/**
 * A BFF's one tail of the log and who follows it. Followers see each row in the order in which they
 * were added: what one relies on another to have done must be added after it.
 */
export function followLog(options: {
  readonly engines: Pick<Engines, 'store' | 'reader'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): { readonly tail: Tail; add(follower: LogFollower): void } {
  const { engines, logger, metrics } = options;
  const followers: LogFollower[] = [];
  const tail = createTail({
    store: engines.store,
    reader: engines.reader,
    logger,
    metrics,
    onRow: (row) => {
      for (const { onRow } of followers) onRow?.(row);
    },
    onReset: (reset) => {
      for (const { onReset } of followers) onReset?.(reset);
    },
  });
  return { tail, add: (follower) => void followers.push(follower) };
}
