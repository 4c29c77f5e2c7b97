import type { Position } from '@cloudphone/contracts';
import type { Postgres } from '@cloudphone/postgres';
import type { LogStore, StoredLogRow } from '@cloudphone/redis';
import type { Clock, Logger } from '@cloudphone/runtime';
import { createBackoff } from '../backoff.ts';
import { countLetters } from '../dead-letters/dead-letters.ts';
import { createDue } from '../due.ts';
import type { Session } from '../leadership.ts';
import { decodeLogRow, keyOfEnvelope, type LogRow, UNREADABLE_TYPE } from '../log-row.ts';
import type { EventLogTables } from '../tables.ts';
import type { FollowerMetrics } from './follower-metrics.ts';
import {
  countDelivery,
  findHandled,
  notePosition,
  pruneInbox,
  ReplacedError,
  type TakenGroup,
} from './follower-table.ts';
import { createGate } from './gate.ts';
import { handleRow, type Outcome, parkRow } from './handle-row.ts';
import { createLanes } from './lanes.ts';
import { createProgress } from './progress.ts';
import type { ReactionsTo } from './reaction.ts';
import type { RowWork } from './row-work.ts';
import { findUnsettledKeys, giveUpOldLetters, settleKey } from './settle-key.ts';

/** The time in which one process holds the group. */
export interface Following {
  /** Until the signal aborts (then what is under way is over), or the group is lost: rejects. */
  run(): Promise<void>;
  readonly position: Position | undefined;
  readonly underWay: number;
}

const READ_ROWS = 100;
/** Rows that are read ahead of the slowest lane. */
const MAX_UNDER_WAY = 400;
const WAIT_MS = 1_000;
const CHORES_EVERY_MS = 500;
const COUNT_LETTERS_EVERY_MS = 5_000;
const PRUNE_EVERY_MS = 10 * 60 * 1_000;
/** An event that ends its process must not do so for ever. */
const MAX_DELIVERIES = 5;

export function createFollowing<Schema extends EventLogTables>(options: {
  readonly group: string;
  readonly postgres: Postgres<Schema>;
  readonly store: LogStore;
  readonly reader: Pick<LogStore, 'readAfter'>;
  readonly service: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly lanes: number;
  readonly reactionsTo: ReactionsTo<Schema>;
  readonly observed: FollowerMetrics;
  readonly tellRelay: () => void;
  readonly session: Session;
  readonly taken: TakenGroup;
  readonly signal: AbortSignal;
}): Following {
  const { group, postgres, store, reader, logger, clock, observed, session, taken } = options;
  const { holder } = taken;
  const lost = new AbortController();
  const signal = AbortSignal.any([options.signal, lost.signal]);
  const backoffOf = (part: string) =>
    createBackoff({
      ...{ clock, logger, what: `${part} of follower ${group}` },
      onChange: (isAway) => observed.interrupt(part, isAway),
    });
  const gate = createGate(backoffOf('lanes'), signal);
  const lanes = createLanes(options.lanes);
  const progress = createProgress(taken.position);
  const work: RowWork<Schema> = { ...options, holder, step: lanes.step, signal };
  const pool = postgres.db as unknown as Session;
  const settling = new Set<string>();
  /** Up to here a process that ended may have begun with a row; 0 when none has. */
  let carefulUpTo = taken.begunSeq > progress.readSeq ? taken.begunSeq : 0;
  let isLookingForLeftBehind = true;
  const isTimeForChores = createDue(clock, CHORES_EVERY_MS);
  const isTimeToCountLetters = createDue(clock, COUNT_LETTERS_EVERY_MS);
  const isTimeToPrune = createDue(clock, PRUNE_EVERY_MS);

  /** Again and again while what it needs is away. */
  const persist = async (run: () => Promise<void>): Promise<void> => {
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await gate.pass();
        if (!signal.aborted) await run();
        if (failures > 0) gate.passed();
        return;
      } catch (err) {
        if (err instanceof ReplacedError) return lost.abort(err);
        await gate.close(err);
      }
    }
  };

  const handled = (row: LogRow, outcome: Outcome | undefined): void => {
    if (outcome === undefined) return;
    progress.done(row.position.seq);
    observed.count(outcome);
    const { id, type } = row.envelope;
    if (outcome === 'parked') logger.error({ id, type, group }, 'an event was parked');
  };

  /** With nothing beside it: should the process end, this one did it. */
  const handleAlone = async (row: LogRow): Promise<void> => {
    let deliveries: number | undefined;
    await persist(async () => {
      deliveries ??= await countDelivery(pool, holder, row.envelope.id);
      if (deliveries <= MAX_DELIVERIES) return handled(row, await handleRow(work, row));
      const attempts = deliveries - 1;
      const reason = `it was begun with ${attempts} times and never finished`;
      handled(row, await parkRow(work, row, { code: 'internal', reason, attempts }));
    });
  };

  const note = async (begunSeq: number): Promise<void> => {
    const { position } = progress;
    if (position !== undefined) await notePosition(session, holder, { ...position, begunSeq });
  };

  const isFollowed = ({ envelope }: LogRow): boolean =>
    envelope.type !== UNREADABLE_TYPE && options.reactionsTo(envelope).length > 0;

  const findWork = async (rows: readonly LogRow[]): Promise<readonly LogRow[]> => {
    const followed = rows.filter(isFollowed);
    const ids = followed.map(({ envelope }) => envelope.id);
    const known = await findHandled(session, group, ids);
    return followed.filter(({ envelope }) => !known.has(envelope.id));
  };

  const begin = async (rows: readonly LogRow[]): Promise<void> => {
    const found = await findWork(rows);
    const upTo = rows.at(-1)?.position.seq ?? progress.readSeq;
    const isCareful = progress.readSeq < carefulUpTo && found.length > 0;
    // Before anything is begun with, and also when nothing came: this is how a holder notices that
    // it is none any more. What it is careful with, it counts one by one.
    await note(Math.max(upTo, carefulUpTo));
    progress.read(
      upTo,
      found.map(({ position, appendedAtMs = 0 }) => ({ seq: position.seq, appendedAtMs })),
    );
    if (isCareful) await lanes.below(1);
    for (const row of found) {
      if (signal.aborted) return;
      if (isCareful) await handleAlone(row);
      else
        lanes.add(keyOfEnvelope(row.envelope), () =>
          persist(async () => handled(row, await handleRow(work, row))),
        );
    }
    if (progress.readSeq >= carefulUpTo) carefulUpTo = 0;
  };

  const settle = async (): Promise<void> => {
    const keys = await findUnsettledKeys(session, group, {
      withLeftBehind: isLookingForLeftBehind,
    });
    isLookingForLeftBehind = false;
    for (const key of keys) {
      if (settling.has(key)) continue;
      settling.add(key);
      lanes.add(key, async () => {
        await persist(() => settleKey(work, key));
        settling.delete(key);
      });
    }
  };

  const follow = async (): Promise<void> => {
    const from = progress.readSeq;
    const stored = await reader.readAfter(from, { count: READ_ROWS, blockMs: WAIT_MS, signal });
    // Read after the rows: the same epoch still means that none of them is of another.
    const log = await store.read();
    if (signal.aborted) return;
    // Another log than before, or the first: from its first row. Those that were read may be another's.
    if (progress.epoch !== log.epoch) {
      await lanes.below(1);
      if (carefulUpTo > 0) carefulUpTo = log.seq;
      progress.beginEpoch(log.epoch);
      return;
    }
    warnOfHole(from, stored[0]);
    await begin(stored.map((row) => decodeLogRow(row, log.epoch)));
    observeProgress(log.seq);
    await lanes.below(MAX_UNDER_WAY);
    observeProgress(log.seq);
    if (!isTimeForChores()) return;
    await settle();
    if (isTimeToCountLetters()) observed.letters(await countLetters(session, group));
    if (progress.position !== undefined) await store.reportGroup(group, progress.position);
  };

  const observeProgress = (logSeq: number): void => {
    observed.lag(logSeq - progress.doneSeq);
    observed.oldest(progress.oldestAtMs);
  };

  const warnOfHole = (from: number, first: StoredLogRow | undefined): void => {
    if (first === undefined || from === 0 || first.seq === from + 1) return;
    logger.error({ group, from, to: first.seq }, 'rows were trimmed before they were read');
  };

  const prune = async (): Promise<void> => {
    if (!isTimeToPrune()) return;
    await pruneInbox(session);
    const count = await giveUpOldLetters(session, group);
    if (count > 0) logger.error({ group, count }, 'dead letters nobody judged are given up');
  };

  const run = async (): Promise<void> => {
    const backoff = backoffOf('reading');
    while (!signal.aborted) {
      try {
        await follow();
        backoff.succeeded();
      } catch (err) {
        if (err instanceof ReplacedError) throw err;
        await backoff.failed(err, signal);
        // Rejects when the session is gone: then so is the lock.
        await note(Math.max(progress.readSeq, carefulUpTo));
      }
      await prune();
    }
    if (lost.signal.aborted) throw lost.signal.reason;
    await lanes.below(1);
    // Whoever is next has nothing to be careful with, unless this process was careful itself.
    await note(carefulUpTo);
  };

  return {
    run: async () => {
      observed.begin();
      try {
        await run();
      } finally {
        lost.abort();
        await lanes.below(1);
        observed.end();
      }
    },
    get position() {
      return progress.position;
    },
    get underWay() {
      return lanes.underWay;
    },
  };
}
