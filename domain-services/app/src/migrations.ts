import { type Migration, sql } from '@cloudphone/postgres';

/** Times have millisecond precision, because cursors carry them as JavaScript sees them. */
export const appMigrations: readonly Migration[] = [
  {
    name: '100-catalogue',
    up: async (db) => {
      await sql`
        create table apps (
          id uuid primary key,
          package_name text not null unique,
          name text not null,
          category text not null,
          current_version text not null,
          review_status text not null check (review_status in ('pending', 'approved', 'rejected')),
          version integer not null,
          created_at timestamptz(3) not null,
          updated_at timestamptz(3) not null
        )`.execute(db);
      await sql`create index apps_in_order on apps (name collate "C", id)`.execute(db);
    },
  },
  {
    name: '101-installations',
    up: async (db) => {
      await sql`
        create table installations (
          id uuid primary key,
          device_id uuid not null,
          app_id uuid not null references apps (id),
          app_version text not null,
          owner_id uuid,
          version integer not null,
          installed_at timestamptz(3) not null,
          constraint installations_once unique (device_id, app_id)
        )`.execute(db);
      await sql`create index installations_app on installations (app_id)`.execute(db);
    },
  },
];
