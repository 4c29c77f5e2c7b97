import { type Migration, sql } from '@cloudphone/postgres';

export const segmentMigrations: readonly Migration[] = [
  {
    name: '310-segments',
    up: async (db) => {
      await sql`
        create table segments (
          id uuid primary key,
          name text not null,
          definition jsonb not null,
          version integer not null,
          created_at timestamptz(3) not null,
          updated_at timestamptz(3) not null
        )`.execute(db);
      await sql`create index segments_newest on segments (created_at desc, id desc)`.execute(db);
    },
  },
];
