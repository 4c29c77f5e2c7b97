import { type Migration, sql } from '@cloudphone/postgres';

export const usageTables: Migration = {
  name: '102-usage',
  up: async (db) => {
    await sql`
      create table usage_records (
        device_id uuid not null,
        user_id uuid not null,
        day date not null,
        minutes integer not null check (minutes > 0),
        cost bigint not null check (cost >= 0),
        primary key (device_id, day, user_id)
      )`.execute(db);
    await sql`create index usage_records_person on usage_records (user_id, day)`.execute(db);
    await sql`
      create table runs (
        device_id uuid primary key,
        user_id uuid not null,
        started_at timestamptz(3) not null
      )`.execute(db);
  },
};
