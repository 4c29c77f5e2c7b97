import type { Position } from '@cloudphone/contracts';
import type { Postgres } from '@cloudphone/postgres';
import type { LogStore } from '@cloudphone/redis';
import { type Clock, type Logger, type Metrics, systemClock } from '@cloudphone/runtime';
import { createCandidate, type Session } from '../leadership.ts';
import type { EventLogTables } from '../tables.ts';
import { createTellRelay } from '../writer/tell-relay.ts';
import { followerMetrics } from './follower-metrics.ts';
import { takeGroup } from './follower-table.ts';
import { createFollowing, type Following } from './following.ts';
import { indexReactions, type Reaction } from './reaction.ts';

/**
 * Runs a service's reactions to the log, each event once for the group, and events of one key in the
 * log's order; those of different keys go side by side. Of the service's instances one follows at a
 * time; another takes over within a second of its end. While an engine is away the group stands
 * still. An event that fails by itself is parked, later ones of its key with it, for an operator to
 * judge. A log that begins anew is followed from its first row: what was handled before is found in
 * the inbox.
 */
export interface Follower {
  readonly group: string;
  start(): Promise<void>;
  /** Resolves when what is under way is over. */
  close(): Promise<void>;
  /**
   * Up to where the group has done everything, as this instance knows; undefined until it holds the
   * group.
   */
  readonly position: Position | undefined;
  readonly isFollowing: boolean;
  /** Events under way here. */
  readonly underWay: number;
}

/** Keys that move at a time: each takes a connection of the service's pool while it does. */
export const LANES = 4;

export function createFollower<Schema extends EventLogTables>(options: {
  /** Names the position and the inbox; the service's name unless it has several. */
  readonly group: string;
  readonly postgres: Postgres<Schema>;
  readonly store: LogStore;
  /** Waits for rows; may be the same as `store`. */
  readonly reader: Pick<LogStore, 'readAfter'>;
  readonly reactions: readonly Reaction<Schema>[];
  readonly service: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
}): Follower {
  const { group, postgres, logger, metrics, clock = systemClock } = options;
  const shared = {
    ...options,
    clock,
    lanes: LANES,
    reactionsTo: indexReactions(options.reactions),
    observed: followerMetrics(metrics, group),
    tellRelay: createTellRelay(postgres.db as unknown as Session),
  };
  let following: Following | undefined;
  const candidate = createCandidate({
    postgres,
    name: `event-log follower ${group}`,
    clock,
    logger,
    lead: async (session, signal) => {
      const taken = await takeGroup(session, group);
      following = createFollowing({ ...shared, session, taken, signal });
      await following.run();
    },
  });
  return {
    group,
    start: async () => candidate.start(),
    close: () => candidate.close(),
    get position() {
      return following?.position;
    },
    get isFollowing() {
      return candidate.isLeading;
    },
    get underWay() {
      return following?.underWay ?? 0;
    },
  };
}
