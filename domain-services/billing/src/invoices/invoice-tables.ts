import { type Migration, sql } from '@cloudphone/postgres';

/**
 * `charges` are the transactions that invoices are made of; each is on one invoice at most. The
 * number of an invoice is taken in the transaction that makes it, so the series has no gaps.
 */
export const invoiceTables: Migration = {
  name: '107-invoices',
  up: async (db) => {
    await sql`
      create table invoices (
        id uuid primary key,
        number text not null unique,
        user_id uuid not null,
        month text not null check (month ~ '^[0-9]{4}-[0-9]{2}$'),
        total bigint not null,
        due bigint not null check (due >= 0),
        status text not null check (status in ('paid', 'open', 'overdue')),
        issued_at timestamptz(3) not null,
        due_at timestamptz(3) not null,
        constraint invoices_once unique (user_id, month)
      )`.execute(db);
    await sql`create index invoices_open on invoices (due_at) where status = 'open'`.execute(db);
    await sql`
      create index invoices_unpaid on invoices (user_id) where status <> 'paid'`.execute(db);
    await sql`
      create table invoice_lines (
        invoice_id uuid not null references invoices (id),
        number integer not null check (number > 0),
        kind text not null check (kind in ('order', 'refund', 'usage')),
        about_id uuid not null,
        amount bigint not null,
        primary key (invoice_id, number)
      )`.execute(db);
    await sql`
      create table invoice_series (
        year integer primary key,
        last integer not null check (last > 0)
      )`.execute(db);
    await sql`
      create table charges (
        id uuid primary key references ledger_transactions (id),
        user_id uuid not null,
        kind text not null check (kind in ('order', 'refund', 'usage')),
        about_id uuid not null,
        amount bigint not null,
        at timestamptz(3) not null,
        invoice_id uuid references invoices (id)
      )`.execute(db);
    await sql`
      create index charges_to_invoice on charges (at, user_id) where invoice_id is null`.execute(
      db,
    );
    await sql`create index charges_at on charges (at)`.execute(db);
    await sql`create index charges_of_person on charges (user_id, at)`.execute(db);
    await sql`
      insert into charges
      select t.id, substr(e.account_id, 8)::uuid,
        case t.kind when 'refund' then 'refund' else 'order' end, t.about_id, -e.amount, t.at, null
      from ledger_transactions as t
      join ledger_entries as e on e.transaction_id = t.id and e.account_id like 'person:%'
      where t.kind in ('order_payment', 'refund')`.execute(db);
  },
};
