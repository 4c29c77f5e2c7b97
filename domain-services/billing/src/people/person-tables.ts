import { type Migration, sql } from '@cloudphone/postgres';

/** Who was deleted stays known as such: nothing is sold to them, and nothing late brings them back. */
export const personTables: Migration = {
  name: '109-deleted-people',
  up: async (db) => {
    await sql`
      alter table person_copies add column is_deleted boolean not null default false`.execute(db);
  },
};
