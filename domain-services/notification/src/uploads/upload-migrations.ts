import { type Migration, sql } from '@cloudphone/postgres';

export const uploadMigrations: readonly Migration[] = [
  {
    name: '320-uploads',
    up: async (db) => {
      await sql`
        create table uploads (
          id uuid primary key,
          fields text[] not null,
          rows integer not null,
          accepted integer not null,
          duplicates integer not null,
          rejected integer not null,
          issues jsonb not null,
          created_by uuid not null,
          created_at timestamptz(3) not null,
          expires_at timestamptz(3) not null
        )`.execute(db);
      await sql`create index uploads_expired on uploads (expires_at)`.execute(db);
      // Rows come before their upload, in transactions of their own: no foreign key.
      await sql`
        create table upload_people (
          upload_id uuid not null,
          user_id uuid not null,
          fields jsonb,
          primary key (upload_id, user_id)
        )`.execute(db);
    },
  },
];
