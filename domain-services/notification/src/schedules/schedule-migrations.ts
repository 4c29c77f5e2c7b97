import { type Migration, sql } from '@cloudphone/postgres';

export const scheduleMigrations: readonly Migration[] = [
  {
    name: '330-schedules',
    up: async (db) => {
      await sql`
        create table schedules (
          id uuid primary key,
          name text not null,
          cron text not null,
          time_zone text not null,
          until text,
          missed text not null,
          campaign jsonb not null,
          is_paused boolean not null,
          next_local text,
          next_at timestamptz(3),
          created_by uuid not null,
          version integer not null,
          created_at timestamptz(3) not null,
          updated_at timestamptz(3) not null
        )`.execute(db);
      await sql`create index schedules_newest on schedules (created_at desc, id desc)`.execute(db);
      await sql`
        create index schedules_due on schedules (next_at) where not is_paused`.execute(db);
    },
  },
];
