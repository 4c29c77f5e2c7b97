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
];
