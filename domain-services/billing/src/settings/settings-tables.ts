import { type Migration, sql } from '@cloudphone/postgres';

/** One row: what this service needs of the settings, which belong to the notification service. */
export const settingsTables: Migration = {
  name: '104-settings-copy',
  up: async (db) => {
    await sql`
      create table settings_copy (
        singleton boolean primary key default true check (singleton),
        version integer not null,
        low_balance_below bigint not null
      )`.execute(db);
    await sql`insert into settings_copy values (true, 0, 1000)`.execute(db);
    await sql`
      alter table balances add column is_low_told boolean not null default false`.execute(db);
  },
};
