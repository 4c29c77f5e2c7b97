import { isAppError } from '@cloudphone/errors';
import { type Listening, type Postgres, sql } from '@cloudphone/postgres';
import type { LogStore } from '@cloudphone/redis';
import {
  type Clock,
  type Logger,
  type Metrics,
  SECONDS_BUCKETS,
  systemClock,
} from '@cloudphone/runtime';
import { createBackoff } from '../backoff.ts';
import { createCandidate, type Session } from '../leadership.ts';
import type { EventLogTables } from '../tables.ts';
import { OUTBOX_CHANNEL } from '../writer/tell-relay.ts';
import {
  BATCH_ROWS,
  countAttempt,
  findOfOtherEpochs,
  findWaiting,
  markAppended,
  type OutboxRow,
  outboxLag,
  pruneOutbox,
  toLogRow,
} from './outbox.ts';
import { createWakeUp } from './wake-up.ts';

/**
 * Carries a service's outbox to the log, in order, each event once. Of a service's instances one
 * carries at a time; another takes over within a second of its end. While Redis is away the rows
 * wait. When the log begins a new epoch (its Redis may have lost rows) the last day's rows are
 * offered again, before any new one, marked as replays.
 */
export interface Relay {
  start(): Promise<void>;
  close(): Promise<void>;
  /** Rows waiting, and for how long the oldest has. */
  lag(): Promise<{ readonly count: number; readonly oldestMs: number }>;
}

interface RelayOptions<Schema extends EventLogTables> {
  readonly postgres: Postgres<Schema>;
  readonly store: LogStore;
  readonly service: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
}

const POLL_MS = 250;
const PRUNE_EVERY_MS = 10 * 60 * 1_000;
/** As long as the outbox keeps them, and far less than inboxes remember. */
const LOG_KEPT_MS = 24 * 60 * 60 * 1_000;

export function createRelay<Schema extends EventLogTables>(options: RelayOptions<Schema>): Relay {
  const { postgres, store, service, logger, metrics, clock = systemClock } = options;
  const observed = relayMetrics(metrics);
  const wakeUp = createWakeUp(clock);
  const backoff = createBackoff({ clock, logger, what: `relay of ${service}` });
  let listening: Listening | undefined;

  const append = async (
    session: Session,
    batch: { epoch: string; rows: readonly OutboxRow[]; isReplay: boolean },
  ): Promise<void> => {
    const { epoch, rows, isReplay } = batch;
    try {
      const logRows = rows.map((row) => toLogRow(row, isReplay));
      const appended = await store.append(logRows, { epoch });
      await markAppended(session, epoch, rows, appended);
    } catch (err) {
      const [first] = rows;
      const isRefused = isAppError(err) ? err.code === 'upstream_failed' : err instanceof TypeError;
      if (isRefused && first) await countAttempt(session, first);
      throw err;
    }
    observed.countAppended(service, rows.length, isReplay);
    if (!isReplay) for (const row of rows) observed.age(row.ageMs / 1_000, { service });
  };

  /** Offers the log of a new epoch what it may have lost. */
  const settle = async (session: Session): Promise<string> => {
    const { epoch } = await store.read();
    for (;;) {
      const rows = await findOfOtherEpochs(session, epoch);
      if (rows.length === 0) return epoch;
      await append(session, { epoch, rows, isReplay: true });
    }
  };

  const lead = async (session: Session, signal: AbortSignal): Promise<void> => {
    await forgoFlush(session);
    let settledEpoch: string | undefined;

    /** Whether there may be more at once. */
    const carryBatch = async (): Promise<boolean> => {
      settledEpoch ??= await settle(session);
      const rows = await findWaiting(session);
      observed.lag(rows[0] ? rows[0].ageMs / 1_000 : 0, { service });
      if (rows.length > 0) {
        await append(session, { epoch: settledEpoch, rows, isReplay: false });
        return rows.length === BATCH_ROWS;
      }
      // With nothing to append nobody else would tell of a new epoch.
      const { epoch } = await store.read();
      const isSettled = epoch === settledEpoch;
      if (!isSettled) settledEpoch = undefined;
      return !isSettled;
    };

    let pruneAtMs = clock.monotonicMs();
    while (!signal.aborted) {
      let hasMore = false;
      try {
        hasMore = await carryBatch();
        backoff.succeeded();
      } catch (err) {
        // The log's trouble is waited out here; the database's ends this leadership.
        if (!isAppError(err) && !(err instanceof TypeError)) throw err;
        hasMore = true;
        if (isAppError(err, 'log_epoch_changed')) settledEpoch = undefined;
        else await backoff.failed(err, signal);
      }
      if (clock.monotonicMs() >= pruneAtMs) {
        await pruneOutbox(session);
        await trimLog();
        pruneAtMs = clock.monotonicMs() + PRUNE_EVERY_MS;
      }
      if (!hasMore) await wakeUp.sleep(POLL_MS, signal);
    }
  };

  /** Every service's relay does this for the one log: doing it again deletes nothing more. */
  const trimLog = async (): Promise<void> => {
    try {
      await store.trimRead(LOG_KEPT_MS);
    } catch (err) {
      logger.warn({ err }, 'the log was not trimmed; the next round does it');
    }
  };

  const candidate = createCandidate({
    postgres,
    name: 'event-log relay',
    clock,
    logger,
    lead,
  });
  return {
    start: async () => {
      listening ??= await postgres.listen(OUTBOX_CHANNEL, wakeUp.call);
      candidate.start();
    },
    close: async () => {
      await candidate.close();
      await listening?.close();
    },
    lag: () => outboxLag(postgres.db as unknown as Session),
  };
}

/**
 * The relay only notes what the log holds already. A note that a crash of PostgreSQL loses costs an
 * append that changes nothing; waiting for the disk would cost every event that comes meanwhile.
 */
async function forgoFlush(session: Session): Promise<void> {
  await sql`set synchronous_commit to off`.execute(session);
}

function relayMetrics(metrics: Metrics) {
  const appended = metrics.counter({
    name: 'cloudphone_outbox_rows_total',
    help: 'Events carried from the outbox to the log.',
    labels: ['service', 'replay'],
  });
  return {
    countAppended: (service: string, rows: number, isReplay: boolean) =>
      appended({ service, replay: isReplay ? 'yes' : 'no' }, rows),
    lag: metrics.gauge({
      name: 'cloudphone_outbox_oldest_seconds',
      help: 'For how long the oldest event has been waiting for the log.',
      labels: ['service'],
    }),
    age: metrics.histogram({
      name: 'cloudphone_outbox_carried_seconds',
      help: 'From the beginning of an event’s transaction to the batch that took it to the log.',
      labels: ['service'],
      buckets: SECONDS_BUCKETS,
    }),
  };
}
