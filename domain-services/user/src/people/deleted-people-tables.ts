import { type Migration, sql } from '@cloudphone/postgres';

/** Accounts end; their log-ins are remembered for as long as a token of theirs could live. */
export const deletedPeopleTables: Migration = {
  name: '103-deleted-people',
  up: async (db) => {
    await sql`alter table people add column access_changed_at timestamptz(3)`.execute(db);
    await sql`
      create index people_access_changed on people (access_changed_at)
      where access_changed_at is not null`.execute(db);
    await sql`alter table sessions drop constraint sessions_person_id_fkey`.execute(db);
    await sql`create index sessions_closed on sessions (closed_at)`.execute(db);
    await sql`
      create table deleted_people (
        id uuid primary key,
        tenant_id text not null,
        username text,
        email text,
        name text,
        was_staff boolean not null,
        is_erased boolean not null,
        version integer not null,
        deleted_at timestamptz(3) not null
      )`.execute(db);
  },
};
