import { type Kysely, type Migration, sql } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';
import { insertFirstTemplates } from './first-templates/insert-first-templates.ts';

export const templateMigrations: readonly Migration[] = [
  {
    name: '200-deleted-templates',
    up: async (db) => {
      await sql`alter table templates add column deleted_at timestamptz(3)`.execute(db);
      await sql`alter table templates drop constraint templates_code_key`.execute(db);
      await sql`
        create unique index templates_code on templates (code)
        where deleted_at is null`.execute(db);
    },
  },
  {
    // For databases that were made when there were fewer.
    name: '201-more-first-templates',
    up: (db) => insertFirstTemplates(db as Kysely<NotificationTables>),
  },
];
