import { type Migration, sql } from '@cloudphone/postgres';

export const attemptTables: Migration = {
  name: '104-attempts',
  up: async (db) => {
    await sql`
      create table attempts (
        id uuid primary key,
        kind text not null,
        account bytea not null,
        address bytea not null,
        outcome text not null,
        at timestamptz(3) not null
      )`.execute(db);
    await sql`create index attempts_by_account on attempts (kind, account, at desc)`.execute(db);
    await sql`create index attempts_by_address on attempts (kind, address, at desc)`.execute(db);
    await sql`create index attempts_by_age on attempts (at)`.execute(db);
  },
};
