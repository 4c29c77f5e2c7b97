import type { Position } from '@cloudphone/contracts';
import type { Postgres } from '@cloudphone/postgres';
import type { LogStore, StoredLogRow } from '@cloudphone/redis';
import { type Clock, type Logger, type Metrics, systemClock } from '@cloudphone/runtime';
import { createBackoff } from '../backoff.ts';
import { createCandidate, type Session } from '../leadership.ts';
import { decodeLogRow, type LogRow } from '../log-row.ts';
import type { EventLogTables } from '../tables.ts';
import { createTellRelay } from '../writer/tell-relay.ts';
import { followerMetrics } from './follower-metrics.ts';
import {
  countDelivery,
  findHandled,
  type Holder,
  movePosition,
  pruneInbox,
  ReplacedError,
  takeGroup,
} from './follower-table.ts';
import { handleRow, parkRow } from './handle-row.ts';
import type { Reaction } from './reaction.ts';

/**
 * Runs a service's reactions to the log, each event once for the group, in the log's order. Of the
 * service's instances one follows at a time; another takes over within a second of its end. While
 * an engine is away the group stands still. A log that begins anew is followed from its first row:
 * what was handled before is found in the inbox.
 */
export interface Follower {
  start(): Promise<void>;
  close(): Promise<void>;
  /** Where the group is, as this instance knows; undefined until it holds the group. */
  readonly position: Position | undefined;
}

interface FollowerOptions<Schema extends EventLogTables> {
  /** Names the position and the inbox; the service's name unless it has several. */
  readonly group: string;
  readonly postgres: Postgres<Schema>;
  readonly store: LogStore;
  /** Waits for rows; may be the same as `store`. */
  readonly reader: LogStore;
  readonly reactions: readonly Reaction<Schema>[];
  readonly service: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
}

const READ_ROWS = 100;
const WAIT_MS = 1_000;
const PRUNE_EVERY_MS = 10 * 60 * 1_000;
/** An event that ends its process must not do so for ever. */
const MAX_DELIVERIES = 5;

export function createFollower<Schema extends EventLogTables>(
  options: FollowerOptions<Schema>,
): Follower {
  const { group, postgres, store, reader, service, logger, metrics } = options;
  const { clock = systemClock } = options;
  const reactionsTo = groupByType(options.reactions);
  const observed = followerMetrics(metrics, group);
  const tellRelay = createTellRelay(postgres.db as unknown as Session);
  let position: Position | undefined;
  /** Begun with by this process: counted once, however often the engines interrupt. */
  let countedId: string | undefined;

  const handle = async (holder: Holder, session: Session, row: LogRow, signal: AbortSignal) => {
    const reactions = reactionsTo.get(row.envelope.type) ?? [];
    const work = { postgres, service, clock, holder, row, reactions, tellRelay };
    const { id, type } = row.envelope;
    const deliveries = countedId === id ? 1 : await countDelivery(session, holder, id);
    countedId = id;
    if (deliveries > MAX_DELIVERIES) {
      const reason = `it was begun with ${deliveries - 1} times and never finished`;
      await parkRow(work, { reason, attempts: deliveries - 1 });
      observed.count('parked');
      logger.error({ id, type, group }, 'an event that ends its process was parked');
      return;
    }
    const outcome = await handleRow(work, signal);
    if (outcome !== 'interrupted') observed.count(outcome);
    if (outcome === 'parked') logger.error({ id, type, group }, 'an event was parked');
  };

  const follow = async (holder: Holder, session: Session, signal: AbortSignal): Promise<void> => {
    const from = position?.seq ?? 0;
    const stored = await reader.readAfter(from, { count: READ_ROWS, blockMs: WAIT_MS, signal });
    // Read after the rows: the same epoch still means that none of them is of another.
    const log = await store.read();
    observed.lag(log.seq - from);
    // Another log than before, or the first: from its first row.
    if (position?.epoch !== log.epoch) {
      position = { epoch: log.epoch, seq: 0 };
      if (from > 0) return;
    }
    warnOfHole(from, stored[0]);
    const rows = stored.map((row) => decodeLogRow(row, log.epoch));
    const followed = rows.filter(({ envelope }) => reactionsTo.has(envelope.type));
    const handled = await findHandled(
      session,
      group,
      followed.map(({ envelope }) => envelope.id),
    );
    for (const row of rows) {
      if (signal.aborted) break;
      const { type, id } = row.envelope;
      if (reactionsTo.has(type) && !handled.has(id)) {
        await handle(holder, session, row, signal);
        if (signal.aborted) return;
      }
      position = row.position;
    }
    // Also when nothing came: this is how a holder notices that it is none any more.
    await movePosition(session, holder, position);
    await store.reportGroup(group, position);
  };

  const warnOfHole = (from: number, first: StoredLogRow | undefined): void => {
    if (first === undefined || from === 0 || first.seq === from + 1) return;
    logger.error({ group, from, to: first.seq }, 'rows were trimmed before they were read');
  };

  const lead = async (session: Session, signal: AbortSignal): Promise<void> => {
    const backoff = createBackoff({ clock, logger, what: `follower ${group}` });
    const taken = await takeGroup(session, group);
    position = taken.position;
    let pruneAtMs = clock.monotonicMs();
    while (!signal.aborted) {
      try {
        await follow(taken.holder, session, signal);
        backoff.succeeded();
      } catch (err) {
        if (err instanceof ReplacedError) throw err;
        await backoff.failed(err, signal);
        // Rejects when the session is gone: then so is the lock.
        if (position !== undefined) await movePosition(session, taken.holder, position);
      }
      if (clock.monotonicMs() >= pruneAtMs) {
        await pruneInbox(session);
        pruneAtMs = clock.monotonicMs() + PRUNE_EVERY_MS;
      }
    }
  };

  const candidate = createCandidate({
    postgres,
    name: `event-log follower ${group}`,
    clock,
    logger,
    lead,
  });
  return {
    start: async () => candidate.start(),
    close: () => candidate.close(),
    get position() {
      return position;
    },
  };
}

function groupByType<Schema>(
  reactions: readonly Reaction<Schema>[],
): ReadonlyMap<string, readonly Reaction<Schema>[]> {
  const byType = new Map<string, Reaction<Schema>[]>();
  for (const reaction of reactions) {
    byType.set(reaction.on, [...(byType.get(reaction.on) ?? []), reaction]);
  }
  return byType;
}
