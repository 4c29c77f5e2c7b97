import { isAppError } from '@cloudphone/errors';
import { type Kysely, type Listening, type Postgres, sql } from '@cloudphone/postgres';
import type { LogStore } from '@cloudphone/redis';
import { type Clock, type Logger, type Metrics, systemClock } from '@cloudphone/runtime';
import { createBackoff } from '../backoff.ts';
import { createDue } from '../due.ts';
import { createCandidate, type Session } from '../leadership.ts';
import type { EventLogTables } from '../tables.ts';
import { hearCommits, OUTBOX_CHANNEL } from '../writer/tell-relay.ts';
import { createRowCarrier } from './carry-rows.ts';
import {
  findOfOtherEpochs,
  findWaiting,
  firstBatch,
  type Marks,
  markAppended,
  type OutboxLag,
  type OutboxRow,
  outboxLag,
  pruneOutbox,
} from './outbox.ts';
import { relayMetrics } from './relay-metrics.ts';
import { createRoom } from './room.ts';
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
  lag(): Promise<OutboxLag>;
  /** Whether this instance is the one that carries. */
  readonly isRelaying: boolean;
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
  observed.relaying(false, { service });
  const wakeUp = createWakeUp(clock);
  let listening: Listening | undefined;

  const onRefused = () => observed.countRefused({ service });
  const carry = createRowCarrier({ store, service, logger, onRefused });
  const room = createRoom({ store, clock, logger, observe: observed.full });

  const append = async (
    session: Session,
    batch: { epoch: string; rows: readonly OutboxRow[]; isReplay: boolean },
  ): Promise<Marks | undefined> => {
    const { rows, marks } = await carry(session, batch);
    observed.countAppended(service, rows.length, batch.isReplay);
    if (!batch.isReplay) for (const row of rows) observed.age(row.ageMs / 1_000, { service });
    return marks;
  };

  /** Offers the log of a new epoch what it may have lost. */
  const settle = async (session: Session): Promise<string> => {
    const { epoch } = await store.read();
    for (;;) {
      const rows = firstBatch(await findOfOtherEpochs(session, epoch));
      if (rows.length === 0) return epoch;
      const marks = await append(session, { epoch, rows, isReplay: true });
      if (marks !== undefined) await markAppended(session, marks);
    }
  };

  const lead = async (session: Session, signal: AbortSignal): Promise<void> => {
    const backoff = createBackoff({
      ...{ clock, logger, what: `relay of ${service}` },
      onChange: (isAway) => observed.relaying(!isAway, { service }),
    });
    await forgoFlush(session);
    let settledEpoch: string | undefined;
    let unmarked: Marks | undefined;
    /** Of a log that nothing is appended to somebody has to ask whether it has a new epoch. */
    let isQuiet = true;

    /** Whether there may be more at once. */
    const carryBatch = async (): Promise<boolean> => {
      const waiting = await findWaiting(session, unmarked);
      unmarked = undefined;
      observed.lag(waiting[0] ? waiting[0].ageMs / 1_000 : 0, { service });
      if (await room.isFull()) return false;
      settledEpoch ??= await settle(session);
      if (waiting.length > 0) {
        const rows = firstBatch(waiting);
        unmarked = await append(session, { epoch: settledEpoch, rows, isReplay: false });
        return true;
      }
      if (!isQuiet) return false;
      const { epoch } = await store.read();
      const isSettled = epoch === settledEpoch;
      if (!isSettled) settledEpoch = undefined;
      return !isSettled;
    };

    const isTimeToPrune = createDue(clock, PRUNE_EVERY_MS);
    while (!signal.aborted) {
      let hasMore = false;
      try {
        hasMore = await carryBatch();
        backoff.succeeded();
      } catch (err) {
        // The log's trouble is waited out here; the database's ends this leadership.
        if (!isAppError(err)) throw err;
        hasMore = true;
        if (isAppError(err, 'log_epoch_changed')) settledEpoch = undefined;
        else await backoff.failed(err, signal);
      }
      if (isTimeToPrune()) {
        await pruneOutbox(session);
        await trimLog();
      }
      isQuiet = !hasMore && (await wakeUp.sleep(POLL_MS, signal)) === 'nobody called';
    }
    // Whoever leads next would append them again, for nothing.
    if (unmarked !== undefined) await markAppended(session, unmarked);
  };

  /** Every service's relay does this for the one log: doing it again deletes nothing more. */
  const trimLog = async (): Promise<void> => {
    try {
      const { forgottenGroups } = await store.trimRead(LOG_KEPT_MS);
      for (const group of forgottenGroups) {
        logger.error({ group }, 'a group has not read the log for a week: it is not waited for');
      }
    } catch (err) {
      logger.warn({ err }, 'the log was not trimmed; the next round does it');
    }
  };

  const candidate = createCandidate({
    postgres,
    name: 'event-log relay',
    clock,
    logger,
    lead: async (session, signal) => {
      const db = postgres.db as unknown as Kysely<EventLogTables>;
      const hearNoMore = hearCommits(db, wakeUp.call);
      observed.relaying(true, { service });
      try {
        await lead(session, signal);
      } finally {
        hearNoMore();
        observed.relaying(false, { service });
        observed.lag(0, { service });
      }
    },
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
    get isRelaying() {
      return candidate.isLeading;
    },
  };
}

/**
 * The relay only notes what the log holds already. A note that a crash of PostgreSQL loses costs an
 * append that changes nothing; waiting for the disk would cost every event that comes meanwhile.
 */
async function forgoFlush(session: Session): Promise<void> {
  await sql`set synchronous_commit to off`.execute(session);
}
