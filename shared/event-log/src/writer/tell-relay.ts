import { type Kysely, sql } from '@cloudphone/postgres';
import type { EventLogTables } from '../tables.ts';

/** Heard by relays. */
export const OUTBOX_CHANNEL = 'outbox';

/**
 * Wakes the relay, wherever it runs, after a commit: at once, and while that NOTIFY is on its way
 * one more for all commits that follow. Not inside the transaction: commits with a NOTIFY wait for
 * each other, on the whole server. One that is lost costs the relay's poll.
 */
export function createTellRelay(db: Kysely<EventLogTables>): () => void {
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
    if (isOnItsWay) isWantedAgain = true;
    else tell();
  };
}
