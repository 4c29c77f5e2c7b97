import { type Migration, sql } from '@cloudphone/postgres';

export const resetTables: Migration = {
  name: '105-password-resets',
  up: async (db) => {
    await sql`
      create table reset_requests (
        email text primary key,
        requested_at timestamptz(3) not null
      )`.execute(db);
    await sql`
      create table password_resets (
        id uuid primary key,
        person_id uuid not null references people (id) on delete cascade,
        requested_at timestamptz(3) not null,
        expires_at timestamptz(3) not null,
        used_at timestamptz(3)
      )`.execute(db);
    await sql`create index password_resets_person on password_resets (person_id)`.execute(db);
  },
};
