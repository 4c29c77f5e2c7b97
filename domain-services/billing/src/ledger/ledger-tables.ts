import { type Migration, sql } from '@cloudphone/postgres';

/**
 * Double-entry bookkeeping that the database itself enforces: at commit, the entries of every
 * transaction that was added to sum to zero, and what was entered stays.
 */
export const ledgerTables: Migration = {
  name: '101-ledger',
  up: async (db) => {
    await sql`create table accounts (id text primary key)`.execute(db);
    await sql`insert into accounts values ('provider:simulated'), ('revenue')`.execute(db);
    await sql`
      create table ledger_transactions (
        id uuid primary key,
        kind text not null check (kind in ('top_up', 'order_payment', 'refund')),
        about_id uuid not null,
        at timestamptz(3) not null,
        constraint ledger_once unique (kind, about_id)
      )`.execute(db);
    await sql`
      create table ledger_entries (
        id bigint generated always as identity primary key,
        transaction_id uuid not null references ledger_transactions (id),
        account_id text not null references accounts (id),
        amount bigint not null check (amount <> 0)
      )`.execute(db);
    await sql`create index ledger_entries_transaction on ledger_entries (transaction_id)`.execute(
      db,
    );
    await sql`create index ledger_entries_account on ledger_entries (account_id, id)`.execute(db);
    await sql`
      create trigger ledger_entries_stay before update or delete on ledger_entries
      for each row execute function refuse_change()`.execute(db);
    await sql`
      create function check_entries_balance() returns trigger language plpgsql as $$
      declare
        difference numeric;
      begin
        select sum(amount) into difference
          from ledger_entries where transaction_id = new.transaction_id;
        if difference <> 0 then
          raise exception 'the entries of transaction % differ by %', new.transaction_id, difference
            using errcode = 'check_violation';
        end if;
        return null;
      end $$`.execute(db);
    await sql`
      create constraint trigger ledger_entries_balance after insert on ledger_entries
      deferrable initially deferred
      for each row execute function check_entries_balance()`.execute(db);
    await sql`
      create table balances (
        user_id uuid primary key,
        amount bigint not null,
        version integer not null,
        updated_at timestamptz(3) not null
      )`.execute(db);
    await sql`create index balances_by_amount on balances (amount)`.execute(db);
    await sql`
      create table payments (
        id uuid primary key,
        user_id uuid not null,
        amount bigint not null check (amount > 0),
        status text not null check (status in ('pending', 'succeeded', 'declined')),
        idempotency_key text,
        balance_after bigint,
        version_after integer,
        created_at timestamptz(3) not null,
        settled_at timestamptz(3),
        constraint payments_once unique (user_id, idempotency_key),
        check ((status = 'succeeded') = (balance_after is not null and version_after is not null))
      )`.execute(db);
  },
};
