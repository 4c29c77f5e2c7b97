import { type Kysely, sql } from '@cloudphone/postgres';
import type { EventLogTables } from '../tables.ts';

type Database = Kysely<EventLogTables>;

/** Heard by relays. */
export const OUTBOX_CHANNEL = 'outbox';

/** The relay of this process that carries what is committed through a handle, while it does. */
const carriers = new WeakMap<Database, () => void>();

/**
 * Commits through this handle call the relay that carries them, without a way over the database,
 * until what is returned is called. One relay a handle.
 */
export function hearCommits(db: Database, call: () => void): () => void {
  carriers.set(db, call);
  return () => {
    if (carriers.get(db) === call) carriers.delete(db);
  };
}

/**
 * Wakes the relay after a commit. The one that carries in this process is called; otherwise a NOTIFY
 * finds it wherever it runs: at once, and while that is on its way one more for all commits that
 * follow. Not inside the transaction: commits with a NOTIFY wait for each other, on the whole server.
 * A call that is lost, or that a relay hears that carries no more, costs the next one's poll.
 */
export function createTellRelay(db: Database): () => void {
  let isOnItsWay = false;
  let isWantedAgain = false;
  const tell = (): void => {
    isOnItsWay = true;
    isWantedAgain = false;
    const over = (): void => {
      isOnItsWay = false;
      if (isWantedAgain) tell();
    };
    sql`select pg_notify(${OUTBOX_CHANNEL}, '')`.execute(db).then(over, over);
  };
  return () => {
    const callHere = carriers.get(db);
    if (callHere !== undefined) callHere();
    else if (isOnItsWay) isWantedAgain = true;
    else tell();
  };
}
