import type { Kysely, Postgres, Transaction } from '@cloudphone/postgres';
import type { Clock } from '@cloudphone/runtime';
import type { EventLogTables } from '../tables.ts';
import { publishEvents } from './publish-events.ts';
import { createTellRelay } from './tell-relay.ts';
import type { Written } from './written.ts';

/** The only way to write. */
export interface Writer<Schema> {
  /**
   * Runs one transaction whose events become its last statements: they are told if and only if it
   * commits, and, key by key, in the order of the commits. Rejects with whatever `run` throws, a
   * ZodError for an event that does not fit its schema, or the driver's error; tries nothing again.
   */
  write<Result>(
    run: (tx: Transaction<Schema>) => Promise<Written<Result>>,
  ): Promise<{ readonly result: Result; readonly eventIds: readonly string[] }>;
}

export function createWriter<Schema extends EventLogTables>(options: {
  readonly postgres: Postgres<Schema>;
  /** Becomes the events' source, `/services/<name>`. */
  readonly service: string;
  readonly clock: Clock;
}): Writer<Schema> {
  const { db } = options.postgres;
  const tellRelay = createTellRelay(db as unknown as Kysely<EventLogTables>);
  return {
    write: async (run) => {
      const written = await db.transaction().execute(async (tx) => {
        const { result, events } = await run(tx);
        const outbox = tx as unknown as Transaction<EventLogTables>;
        return { result, eventIds: await publishEvents(outbox, events, options) };
      });
      if (written.eventIds.length > 0) tellRelay();
      return written;
    },
  };
}
