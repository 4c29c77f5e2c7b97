import { type Kysely, type Postgres, sql } from '@cloudphone/postgres';
import { type Clock, type Logger, pause } from '@cloudphone/runtime';
import { createBackoff } from './backoff.ts';
import type { EventLogTables } from './tables.ts';

export type Session = Kysely<EventLogTables>;

interface LeadershipOptions<Schema extends EventLogTables> {
  readonly postgres: Postgres<Schema>;
  /** One holder a database and name. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * The work, in the session that holds the lock: when that session ends, so does the lock, and the
   * next query made in it rejects. Runs until it throws (then somebody takes over, perhaps this
   * process again) or until the signal aborts.
   */
  readonly lead: (session: Session, signal: AbortSignal) => Promise<void>;
}

const STANDBY_POLL_MS = 500;

/** Candidates for one piece of work: one holds a session advisory lock, the others stand by. */
export interface Candidate {
  readonly isLeading: boolean;
  start(): void;
  /** Lets go of the lock; resolves when the work has stopped. */
  close(): Promise<void>;
}

export function createCandidate<Schema extends EventLogTables>(
  options: LeadershipOptions<Schema>,
): Candidate {
  const { postgres, name, clock, logger, lead } = options;
  const backoff = createBackoff({ clock, logger, what: name });
  const stopping = new AbortController();
  const { signal } = stopping;
  let isLeading = false;
  let running: Promise<void> | undefined;

  const leadOnce = async (session: Session): Promise<void> => {
    while (!(await tryLock(session, name))) {
      await pause(clock, STANDBY_POLL_MS, signal);
      if (signal.aborted) return;
    }
    isLeading = true;
    backoff.succeeded();
    try {
      await lead(session, signal);
    } finally {
      isLeading = false;
    }
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await postgres.withSession((db) => leadOnce(db as unknown as Session));
      } catch (err) {
        await backoff.failed(err, signal);
      }
    }
  };

  return {
    get isLeading() {
      return isLeading;
    },
    start: () => {
      running ??= run();
    },
    close: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function tryLock(session: Session, name: string): Promise<boolean> {
  const { rows } = await sql<{ isHeld: boolean }>`
    select pg_try_advisory_lock(hashtextextended(${name}, 0)) as "isHeld"`.execute(session);
  return rows[0]?.isHeld === true;
}
