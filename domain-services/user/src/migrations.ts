import { type Migration, sql } from '@cloudphone/postgres';
import { activityTables } from './activity/activity-tables.ts';
import { attemptTables } from './attempts/attempt-tables.ts';
import { auditTables } from './audit/audit-tables.ts';
import { resetTables } from './passwords/reset-tables.ts';
import { deletedPeopleTables } from './people/deleted-people-tables.ts';
import { quotaTables } from './quotas/quota-tables.ts';
import { twoFactorTables } from './two-factor/two-factor-tables.ts';

/**
 * Times have millisecond precision, because cursors carry them as JavaScript sees them. Prefix
 * searches use `text_pattern_ops` indexes on the lower-case text.
 */
export const userMigrations: readonly Migration[] = [
  {
    name: '100-people',
    up: async (db) => {
      await sql`
        create table people (
          id uuid primary key,
          username text not null,
          email text not null,
          name text not null,
          tenant_id text not null,
          status text not null check (status in ('active', 'suspended')),
          roles text[] not null,
          locale text not null,
          time_zone text not null,
          password_hash text not null,
          permission_version integer not null,
          version integer not null,
          created_at timestamptz(3) not null,
          updated_at timestamptz(3) not null
        )`.execute(db);
      await sql`create unique index people_username on people (lower(username))`.execute(db);
      await sql`create unique index people_email on people (lower(email))`.execute(db);
      await sql`create unique index people_in_order on people (username collate "C")`.execute(db);
      await sql`create index people_created on people (created_at)`.execute(db);
      for (const column of ['username', 'email', 'name']) {
        await sql`
          create index ${sql.raw(`people_${column}_prefix`)}
          on people (lower(${sql.ref(column)}) text_pattern_ops)`.execute(db);
      }
    },
  },
  {
    name: '101-sessions',
    up: async (db) => {
      await sql`
        create table sessions (
          id uuid primary key,
          person_id uuid not null references people (id),
          created_at timestamptz(3) not null,
          closed_at timestamptz(3),
          closed_because text
        )`.execute(db);
      await sql`
        create index sessions_open on sessions (person_id) where closed_at is null`.execute(db);
      await sql`
        create table refresh_tokens (
          hash bytea primary key,
          session_id uuid not null references sessions (id) on delete cascade,
          created_at timestamptz(3) not null,
          expires_at timestamptz(3) not null,
          used_at timestamptz(3)
        )`.execute(db);
      await sql`create index refresh_tokens_session on refresh_tokens (session_id)`.execute(db);
      await sql`
        create table signing_keys (
          kid text primary key,
          private_jwk jsonb not null,
          public_jwk jsonb not null,
          created_at timestamptz(3) not null
        )`.execute(db);
    },
  },
  {
    name: '102-quotas',
    up: async (db) => {
      await sql`
        create table quotas (
          user_id uuid primary key references people (id),
          devices_limit integer not null,
          devices_used integer not null,
          valid_until timestamptz(3) not null,
          version integer not null
        )`.execute(db);
    },
  },
  deletedPeopleTables,
  attemptTables,
  resetTables,
  twoFactorTables,
  quotaTables,
  activityTables,
  auditTables,
];
