import { isAppError } from '@cloudphone/errors';
import { type LogStore, refusalOf } from '@cloudphone/redis';
import type { Logger } from '@cloudphone/runtime';
import type { Session } from '../leadership.ts';
import {
  countAttempt,
  type Marks,
  markAppended,
  marksOf,
  type OutboxRow,
  setAside,
  toLogRow,
} from './outbox.ts';

interface Batch {
  readonly epoch: string;
  readonly rows: readonly OutboxRow[];
  readonly isReplay: boolean;
}

/** What was appended, and what is to be noted of it in the outbox still. */
export interface Carried {
  readonly rows: readonly OutboxRow[];
  readonly marks?: Marks;
}

/**
 * Appends rows to the log. Nobody who waits for an event waits until the outbox notes that it is
 * there: the caller notes it when it looks for more. A row that the log refuses for good is set
 * aside, loudly, so that it holds up nobody: what its check finds at once, and what the server
 * refuses alone while it takes another. Rejects with the log's trouble.
 */
export function createRowCarrier(options: {
  readonly store: LogStore;
  readonly service: string;
  readonly logger: Logger;
  readonly onRefused: () => void;
}): (session: Session, batch: Batch) => Promise<Carried> {
  const { store, service, logger, onRefused } = options;

  const refuse = async (session: Session, row: OutboxRow, why: string): Promise<void> => {
    await setAside(session, row, why);
    onRefused();
    const { id, seq } = row;
    logger.error({ id, seq, service, why }, 'the log refuses an event for good: it was set aside');
  };

  const append = async ({ epoch, rows, isReplay }: Batch): Promise<Marks> => {
    const logRows = rows.map((row) => toLogRow(row, { source: service, isReplay }));
    return marksOf(epoch, rows, await store.append(logRows, { epoch }));
  };

  const appendOneByOne = async (session: Session, batch: Batch): Promise<readonly OutboxRow[]> => {
    const taken: OutboxRow[] = [];
    const refused: { row: OutboxRow; err: Error }[] = [];
    for (const row of batch.rows) {
      try {
        await markAppended(session, await append({ ...batch, rows: [row] }));
        taken.push(row);
      } catch (err) {
        if (!isRefusal(err)) throw err;
        refused.push({ row, err });
      }
    }
    // It takes nothing at all: then the rows are not to blame.
    const [first] = refused;
    if (taken.length === 0 && first) throw first.err;
    for (const { row, err } of refused) await refuse(session, row, err.message);
    return taken;
  };

  return async (session, batch) => {
    const good: OutboxRow[] = [];
    for (const row of batch.rows) {
      const why = refusalOf(toLogRow(row, { source: service, isReplay: batch.isReplay }));
      if (why === undefined) good.push(row);
      else await refuse(session, row, why);
    }
    const [first] = good;
    if (first === undefined) return { rows: [] };
    try {
      return { rows: good, marks: await append({ ...batch, rows: good }) };
    } catch (err) {
      if (!isRefusal(err)) throw err;
      await countAttempt(session, first);
      return { rows: await appendOneByOne(session, { ...batch, rows: good }) };
    }
  };
}

/** The server answered, and said no. */
function isRefusal(err: unknown): err is Error {
  return isAppError(err, 'upstream_failed');
}
