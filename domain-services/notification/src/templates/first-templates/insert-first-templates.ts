import type { Kysely } from '@cloudphone/postgres';
import { asJson } from '../../json-column.ts';
import type { NotificationTables } from '../../schema.ts';
import { FIRST_TEMPLATES, firstTemplateId } from './first-templates.ts';

/** Part of a migration: the database is new, so nobody can have cached that there is none. */
export async function insertFirstTemplates(db: Kysely<NotificationTables>): Promise<void> {
  const now = new Date();
  const templates = FIRST_TEMPLATES.map(({ code, name }) => ({
    id: firstTemplateId(code),
    code,
    name,
    is_active: true,
    version: 1,
    created_at: now,
    updated_at: now,
  }));
  const versions = FIRST_TEMPLATES.map(({ code, variables, texts }) => ({
    template_id: firstTemplateId(code),
    version: 1,
    variables: asJson(variables),
    texts: asJson(texts),
  }));
  await db.insertInto('templates').values(templates).execute();
  await db.insertInto('template_versions').values(versions).execute();
}
