import { type Migration, sql } from '@cloudphone/postgres';

/** At most one refund of an order waits or was granted. */
export const refundTables: Migration = {
  name: '108-refunds',
  up: async (db) => {
    await sql`
      create table refunds (
        id uuid primary key,
        order_id uuid not null references orders (id),
        user_id uuid not null,
        plan_name text not null,
        amount bigint not null check (amount >= 0),
        reason text not null,
        status text not null check (status in ('requested', 'approved', 'rejected')),
        requested_by uuid not null,
        requested_at timestamptz(3) not null,
        decided_by uuid,
        decided_at timestamptz(3),
        version integer not null,
        check ((status = 'requested') = (decided_by is null and decided_at is null)),
        check (decided_by is null or decided_by <> requested_by)
      )`.execute(db);
    await sql`
      create unique index refunds_once on refunds (order_id) where status <> 'rejected'`.execute(
      db,
    );
    await sql`create index refunds_in_order on refunds (requested_at desc, id desc)`.execute(db);
    await sql`create index refunds_of_order on refunds (order_id)`.execute(db);
  },
};
