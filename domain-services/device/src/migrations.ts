import { type Migration, sql } from '@cloudphone/postgres';

/** Times have millisecond precision, because cursors carry them as JavaScript sees them. */
export const deviceMigrations: readonly Migration[] = [
  {
    name: '100-devices',
    up: async (db) => {
      await sql`
        create table devices (
          id uuid primary key,
          name text collate "C" not null,
          model text not null,
          android_version text not null,
          status text not null
            check (status in ('stopped', 'starting', 'running', 'stopping', 'error')),
          last_error text,
          owner_id uuid,
          owner_name text,
          owner_email text,
          tenant_id text,
          owner_version integer not null default 0,
          node_name text not null,
          expires_at timestamptz(3),
          version integer not null,
          created_at timestamptz(3) not null,
          updated_at timestamptz(3) not null,
          work_claim uuid,
          work_until timestamptz(3)
        )`.execute(db);
      await sql`create index devices_by_name on devices (name, id)`.execute(db);
      await sql`create index devices_by_age on devices (created_at desc, id desc)`.execute(db);
      await sql`
        create index devices_by_expiry on devices (coalesce(expires_at, 'infinity'), id)`.execute(
        db,
      );
      await sql`create index devices_of_owner on devices (owner_id, name, id)`.execute(db);
      await sql`create index devices_name_prefix on devices (lower(name) text_pattern_ops)`.execute(
        db,
      );
      await sql`
        create index devices_owner_prefix on devices (lower(owner_name) text_pattern_ops)`.execute(
        db,
      );
      await sql`
        create index devices_with_work on devices (updated_at)
        where status in ('starting', 'stopping')`.execute(db);
    },
  },
  {
    name: '110-pool',
    up: async (db) => {
      await sql`
        create table nodes (
          name text primary key,
          capacity integer not null,
          used integer not null,
          is_draining boolean not null default false,
          version integer not null,
          updated_at timestamptz(3) not null,
          constraint nodes_never_overfull check (used between 0 and capacity)
        )`.execute(db);
      await sql`
        insert into nodes (name, capacity, used, version, updated_at)
        select node_name, greatest(100, ceil(count(*) * 1.25)), count(*), 1, now()
        from devices group by node_name`.execute(db);
      await sql`
        create table pool (
          singleton boolean primary key default true check (singleton),
          is_low boolean not null
        )`.execute(db);
      await sql`insert into pool (is_low) values (false)`.execute(db);
      await sql`
        alter table devices
          add constraint devices_node foreign key (node_name) references nodes (name)`.execute(db);
    },
  },
  {
    name: '111-people',
    up: async (db) => {
      await sql`
        create table people (
          id uuid primary key,
          name text,
          email text,
          tenant_id text,
          version integer not null,
          is_deleted boolean not null default false
        )`.execute(db);
      await sql`
        insert into people (id, name, email, tenant_id, version)
        select distinct on (owner_id) owner_id, owner_name, owner_email, tenant_id, owner_version
        from devices where owner_id is not null
        order by owner_id, owner_version desc`.execute(db);
    },
  },
  {
    name: '112-lives-of-devices',
    up: async (db) => {
      await sql`
        alter table devices
          drop constraint devices_status_check,
          add constraint devices_status_check check (status in (
            'creating', 'stopped', 'starting', 'running', 'restarting', 'unreachable', 'stopping',
            'deleting', 'error')),
          add column order_id uuid,
          add column made_at timestamptz(3),
          add column expiry_told smallint`.execute(db);
      await sql`update devices set made_at = created_at`.execute(db);
      await sql`drop index devices_with_work`.execute(db);
      await sql`
        create index devices_with_work on devices (updated_at)
        where status in ('creating', 'starting', 'stopping', 'restarting', 'deleting')`.execute(db);
      await sql`
        create index devices_of_order on devices (order_id) where order_id is not null`.execute(db);
      await sql`
        create index devices_ending on devices (expires_at) where owner_id is not null`.execute(db);
      await sql`
        create index devices_out_there on devices (id)
        where status in ('running', 'unreachable')`.execute(db);
    },
  },
  {
    name: '113-allocations',
    up: async (db) => {
      await sql`
        create table allocations (
          order_id uuid primary key,
          user_id uuid,
          user_name text,
          user_email text,
          tenant_id text,
          quantity integer not null,
          duration_days integer not null,
          status text not null check (status in ('creating', 'allocated', 'failed', 'ended')),
          updated_at timestamptz(3) not null
        )`.execute(db);
      await sql`
        create index allocations_under_way on allocations (user_id)
        where status = 'creating'`.execute(db);
    },
  },
  {
    name: '114-app-work',
    up: async (db) => {
      await sql`
        create table app_work (
          id bigserial primary key,
          device_id uuid not null references devices (id) on delete cascade,
          kind text not null check (kind in ('install', 'uninstall', 'wipe')),
          request jsonb,
          attempts integer not null default 0,
          not_before timestamptz(3),
          work_claim uuid,
          work_until timestamptz(3)
        )`.execute(db);
      await sql`create index app_work_of_device on app_work (device_id, id)`.execute(db);
    },
  },
  {
    name: '115-causes-of-work',
    up: async (db) => {
      await sql`alter table devices add column cause jsonb`.execute(db);
      await sql`alter table app_work add column cause jsonb`.execute(db);
    },
  },
];
