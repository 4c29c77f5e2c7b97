import { type Migration, sql } from '@cloudphone/postgres';

export const activityTables: Migration = {
  name: '108-activity',
  up: async (db) => {
    await sql`
      create table activity (
        person_id uuid primary key references people (id) on delete cascade,
        seen_at timestamptz(3) not null
      )`.execute(db);
    await sql`create index activity_seen on activity (seen_at desc)`.execute(db);
  },
};
