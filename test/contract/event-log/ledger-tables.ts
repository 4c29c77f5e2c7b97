import { type EventLogTables, eventLogMigrations } from '@cloudphone/event-log';
import { type Generated, type Migration, sql } from '@cloudphone/postgres';

/** A little service: it writes entries for keys and notes what it heard of others. */
export interface LedgerTables extends EventLogTables {
  entry: { key: string; number: number };
  /** Entries in the order of their commits: a trigger writes it as the last thing of each. */
  committed: { seq: Generated<number>; key: string; number: number };
  heard: { seq: Generated<number>; key: string; number: number };
  /** Numbers that can be handled after all. */
  repaired: { number: number };
}

export const ledgerMigrations: readonly Migration[] = [
  ...eventLogMigrations,
  {
    name: '100-ledger',
    up: async (db) => {
      await sql`create table entry (key uuid, number integer)`.execute(db);
      await sql`create table committed (seq bigserial, key uuid, number integer)`.execute(db);
      await sql`create table heard (seq bigserial, key uuid, number integer)`.execute(db);
      await sql`create table repaired (number integer)`.execute(db);
      // Commits take a while: transactions that publish in one order would commit in another.
      await sql`
        create function note_commit() returns trigger language plpgsql as $$ begin
          perform pg_sleep(random() * 0.004);
          insert into committed (key, number) values (new.key, new.number);
          return null;
        end $$`.execute(db);
      await sql`
        create constraint trigger note_commit after insert on entry deferrable initially deferred
        for each row execute function note_commit()`.execute(db);
    },
  },
];
