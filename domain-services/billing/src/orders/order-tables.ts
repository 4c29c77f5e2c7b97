import { type Migration, sql } from '@cloudphone/postgres';

export const orderTables: Migration = {
  name: '100-orders',
  up: async (db) => {
    await sql`
      create function refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception '% is append-only', tg_table_name;
      end $$`.execute(db);
    await sql`
      create table plans (
        id uuid primary key,
        code text not null unique,
        name text not null,
        price bigint not null check (price >= 0),
        duration_days integer not null check (duration_days > 0),
        is_retired boolean not null,
        version integer not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null
      )`.execute(db);
    await sql`
      create table person_copies (
        user_id uuid primary key,
        name text not null,
        email text not null,
        tenant_id text not null,
        version integer not null
      )`.execute(db);
    await sql`
      create table orders (
        id uuid primary key,
        user_id uuid not null,
        user_name text not null,
        user_email text not null,
        tenant_id text not null,
        plan_id uuid not null references plans (id),
        plan_name text not null,
        quantity integer not null check (quantity > 0),
        total bigint not null check (total >= 0),
        status text not null
          check (status in ('created', 'paid', 'fulfilled', 'cancelled', 'refunded')),
        device_id uuid,
        idempotency_key text,
        version integer not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        constraint orders_once unique (user_id, idempotency_key)
      )`.execute(db);
    await sql`create index orders_in_order on orders (created_at desc, id desc)`.execute(db);
    await sql`
      create index orders_of_person on orders (user_id, created_at desc, id desc)`.execute(db);
    await sql`
      create index orders_by_status on orders (status, created_at desc, id desc)`.execute(db);
    await sql`
      create table order_steps (
        order_id uuid not null references orders (id),
        number integer not null check (number > 0),
        status text not null,
        at timestamptz(3) not null,
        primary key (order_id, number)
      )`.execute(db);
    await sql`create index order_steps_paid on order_steps (at) where status = 'paid'`.execute(db);
    await sql`
      create trigger order_steps_stay before update or delete on order_steps
      for each row execute function refuse_change()`.execute(db);
  },
};
