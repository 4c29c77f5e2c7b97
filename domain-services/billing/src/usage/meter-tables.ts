import { type Migration, sql } from '@cloudphone/postgres';

/**
 * The meter of each device that was ever heard of: for whom it runs and since when, and the version
 * of the device that said so, so that what is heard late or twice is known as such.
 */
export const meterTables: Migration = {
  name: '106-meters',
  up: async (db) => {
    await sql`
      create table meters (
        device_id uuid primary key,
        version integer not null,
        user_id uuid,
        started_at timestamptz(3),
        check ((user_id is null) = (started_at is null))
      )`.execute(db);
    await sql`
      insert into meters select device_id, 0, user_id, started_at from runs`.execute(db);
    await sql`drop table runs`.execute(db);
    await sql`create index usage_records_day on usage_records (day)`.execute(db);
  },
};
