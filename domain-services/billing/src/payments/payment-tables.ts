import { type Migration, sql } from '@cloudphone/postgres';

/** How a payment was made, and when to ask the provider again about one that is undecided. */
export const paymentTables: Migration = {
  name: '105-payments',
  up: async (db) => {
    await sql`
      alter table payments
        add column method text not null default 'card',
        add column provider text not null default 'simulated',
        add column ask_again_at timestamptz(3),
        add column asked integer not null default 1`.execute(db);
    await sql`alter table payments alter column method drop default`.execute(db);
    await sql`alter table payments alter column provider drop default`.execute(db);
    await sql`
      update payments set ask_again_at = now() where status = 'pending'`.execute(db);
    await sql`
      alter table payments
        add check ((status = 'pending') = (ask_again_at is not null))`.execute(db);
    await sql`
      create index payments_undecided on payments (ask_again_at)
      where ask_again_at is not null`.execute(db);
    await sql`
      create index payments_of_person on payments (user_id, created_at desc, id desc)`.execute(db);
    await sql`
      alter table ledger_transactions
        drop constraint ledger_transactions_kind_check,
        add constraint ledger_transactions_kind_check
          check (kind in ('top_up', 'order_payment', 'refund', 'usage'))`.execute(db);
  },
};
