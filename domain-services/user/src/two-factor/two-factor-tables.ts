import { type Migration, sql } from '@cloudphone/postgres';

export const twoFactorTables: Migration = {
  name: '106-two-factor',
  up: async (db) => {
    await sql`
      create table two_factor (
        person_id uuid primary key references people (id) on delete cascade,
        secret text not null,
        enabled_at timestamptz(3),
        last_step integer not null
      )`.execute(db);
    await sql`
      create table recovery_codes (
        hash bytea primary key,
        person_id uuid not null references two_factor (person_id) on delete cascade,
        used_at timestamptz(3)
      )`.execute(db);
    await sql`create index recovery_codes_person on recovery_codes (person_id)`.execute(db);
  },
};
