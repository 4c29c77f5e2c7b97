import { type Migration, sql } from '@cloudphone/postgres';

export const quotaTables: Migration = {
  name: '107-quota-use',
  up: async (db) => {
    await sql`
      alter table quotas
        add column is_alerted boolean not null default false,
        add column is_exceeded boolean not null default false`.execute(db);
    await sql`
      create table quota_devices (
        device_id uuid primary key,
        owner_id uuid,
        version integer not null
      )`.execute(db);
    await sql`create index quota_devices_owner on quota_devices (owner_id)`.execute(db);
    await sql`
      create table quota_operations (
        user_id uuid not null,
        key text not null,
        done_at timestamptz(3) not null,
        primary key (user_id, key)
      )`.execute(db);
    await sql`
      create table quota_settings (
        singleton boolean primary key default true check (singleton),
        alert_percent integer not null,
        version integer not null
      )`.execute(db);
  },
};
