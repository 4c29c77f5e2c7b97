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
  {
    name: '110-app-versions',
    up: async (db) => {
      await sql`
        create table app_versions (
          app_id uuid not null references apps (id),
          app_version text not null,
          published_at timestamptz(3) not null,
          constraint app_versions_once primary key (app_id, app_version)
        )`.execute(db);
      await sql`
        insert into app_versions (app_id, app_version, published_at)
        select id, current_version, created_at from apps`.execute(db);
    },
  },
  {
    name: '111-states-of-installations',
    up: async (db) => {
      await sql`
        alter table installations
          add column app_name text,
          add column package_name text,
          add column target_version text,
          add column state text not null default 'installed' check (state in (
            'requested', 'installed', 'failed', 'updating', 'uninstalling')),
          add column error text,
          add column requested_at timestamptz(3),
          add column asked_at timestamptz(3),
          alter column installed_at drop not null`.execute(db);
      await sql`
        update installations
        set app_name = apps.name, package_name = apps.package_name, requested_at = installed_at
        from apps where apps.id = installations.app_id`.execute(db);
      await sql`
        alter table installations
          alter column state drop default,
          alter column app_name set not null,
          alter column package_name set not null,
          alter column requested_at set not null`.execute(db);
      await sql`
        create index installations_unanswered on installations (asked_at)
        where asked_at is not null`.execute(db);
    },
  },
];
