import { type Migration, sql } from '@cloudphone/postgres';

/**
 * What a purchase needs to be followed to its end: `purchase_work` has a row for each order that
 * waits for something, with the moment at which to look at it whatever happens.
 */
export const purchaseTables: Migration = {
  name: '103-purchases',
  up: async (db) => {
    await sql`
      alter table orders
        drop constraint orders_status_check,
        add constraint orders_status_check check (
          status in ('created', 'paid', 'fulfilled', 'cancelled', 'failed', 'refunded')
        ),
        add column duration_days integer,
        add column device_ids uuid[] not null default '{}',
        add column failure text,
        add column expires_at timestamptz(3),
        add column next_notice_at timestamptz(3)`.execute(db);
    await sql`
      update orders set
        duration_days = plans.duration_days,
        device_ids = case when device_id is null then '{}' else array[device_id] end
      from plans where plans.id = orders.plan_id`.execute(db);
    await sql`
      update orders set expires_at = step.at + duration_days * interval '1 day'
      from order_steps as step
      where step.order_id = orders.id and step.status = 'fulfilled'`.execute(db);
    await sql`
      update orders set next_notice_at = expires_at
      where status = 'fulfilled' and expires_at > now()`.execute(db);
    await sql`
      alter table orders
        alter column duration_days set not null,
        add check (duration_days > 0)`.execute(db);
    await sql`
      create index orders_noticed on orders (next_notice_at)
      where next_notice_at is not null`.execute(db);
    await sql`
      create table purchase_work (
        order_id uuid primary key references orders (id),
        due_at timestamptz(3) not null
      )`.execute(db);
    await sql`create index purchase_work_due on purchase_work (due_at)`.execute(db);
    await sql`
      insert into purchase_work select id, now() from orders where status = 'paid'`.execute(db);
  },
};
