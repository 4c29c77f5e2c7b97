import type { LogClock, LogStore, StoredLogRow } from '@cloudphone/redis';
import type { Clock, Logger } from '@cloudphone/runtime';
import { createBackoff } from '../backoff.ts';
import { decodeLogRow, type LogRow, UNREADABLE_TYPE } from '../log-row.ts';
import type { TailMetrics } from './tail-metrics.ts';
import type { TailState } from './tail-state.ts';

export interface RowReader {
  /** Reads and applies until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Ends the present wait for rows, because something is to be looked into. */
  interrupt(): void;
}

const READ_ROWS = 200;

/** The one loop that moves a tail: rows in the order of their numbers, and new epochs. */
export function createRowReader(options: {
  readonly state: TailState;
  readonly store: LogStore;
  readonly reader: LogStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observed: TailMetrics;
  readonly waitMs: number;
  readonly onRow: (row: LogRow) => void | Promise<void>;
  readonly onAdopted: () => void;
}): RowReader {
  const { state, store, reader, clock, logger, observed, waitMs, onRow, onAdopted } = options;
  let wait = new AbortController();

  const apply = async (stored: StoredLogRow, epoch: string): Promise<void> => {
    const row = decodeLogRow(stored, epoch);
    if (row.envelope.type === UNREADABLE_TYPE) {
      logger.error({ seq: stored.seq, id: stored.id }, 'a row of the log cannot be read');
    }
    try {
      await onRow(row);
    } catch (err) {
      logger.error({ err, seq: stored.seq, type: row.envelope.type }, 'a row was not applied');
      state.reset('trimmed', stored.seq);
    }
    observed.countRow(row, clock.now());
    state.recent.add(stored.id, stored.seq);
    state.moveTo(stored.seq);
  };

  const isOfOtherEpoch = async (row: StoredLogRow, log: LogClock): Promise<boolean> => {
    if (row.seq <= log.base || row.epoch === log.epoch) return false;
    const reading = await store.read();
    if (reading.epoch === log.epoch) return false;
    state.sawOtherEpoch(reading);
    return true;
  };

  /** Whether the rows between the applied one and this one are gone, rather than overlooked. */
  const isAfterHole = async (row: StoredLogRow): Promise<boolean> => {
    if (row.seq === state.appliedSeq + 1) return false;
    const [next] = await reader.readAfter(state.appliedSeq, { count: 1 });
    return next === undefined || next.seq >= row.seq;
  };

  const applyAll = async (rows: readonly StoredLogRow[], signal: AbortSignal): Promise<void> => {
    const { log } = state;
    for (const row of rows) {
      if (log === undefined || state.nextLog !== undefined || signal.aborted) return;
      if (await isOfOtherEpoch(row, log)) return;
      if (await isAfterHole(row)) {
        logger.warn({ from: state.appliedSeq, to: row.seq }, 'rows of the log are missing');
        state.reset('trimmed', row.seq - 1);
      }
      // Overlooked rows: the next read brings them.
      if (row.seq !== state.appliedSeq + 1) return;
      await apply(row, log.epoch);
    }
  };

  /** A heartbeat told of rows that do not come: asks for them on the other connection. */
  const lookForOverdue = async (signal: AbortSignal): Promise<void> => {
    const overdueSeq = state.trust.overdueSeq(clock.monotonicMs());
    if (overdueSeq === undefined || state.nextLog !== undefined) return;
    const rows = await store.readAfter(state.appliedSeq, { count: READ_ROWS });
    if (rows.length > 0) return applyAll(rows, signal);
    logger.warn({ from: state.appliedSeq, to: overdueSeq }, 'rows of the log are missing');
    state.reset('trimmed', overdueSeq);
  };

  return {
    run: async (signal) => {
      const backoff = createBackoff({ clock, logger, what: 'reading the log' });
      signal.addEventListener('abort', () => wait.abort(), { once: true });
      while (!signal.aborted) {
        wait = new AbortController();
        if (state.nextLog !== undefined) {
          state.adopt(state.nextLog);
          onAdopted();
        }
        const read = { count: READ_ROWS, blockMs: waitMs, signal: wait.signal };
        try {
          const rows = await reader.readAfter(state.appliedSeq, read);
          backoff.succeeded();
          if (rows.length > 0) await applyAll(rows, signal);
          else await lookForOverdue(signal);
        } catch (err) {
          await backoff.failed(err, wait.signal);
        }
      }
    },
    interrupt: () => wait.abort(),
  };
}
