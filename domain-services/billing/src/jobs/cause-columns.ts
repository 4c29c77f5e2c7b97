import { type Migration, sql } from '@cloudphone/postgres';

/** What is done later is told of in the trace of whatever asked for it. */
export const causeColumns: Migration = {
  name: '110-causes-of-work',
  up: async (db) => {
    await sql`alter table purchase_work add column cause jsonb`.execute(db);
    await sql`alter table payments add column cause jsonb`.execute(db);
  },
};
