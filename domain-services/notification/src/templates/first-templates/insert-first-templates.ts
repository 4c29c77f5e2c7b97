import type { Kysely } from '@cloudphone/postgres';
import { asJson } from '../../json-column.ts';
import type { NotificationTables } from '../../schema.ts';
import { FIRST_TEMPLATES, firstTemplateId } from './first-templates.ts';

/**
 * Part of migrations, which run before anybody can have asked. Those that are there already, or whose
 * code operators have given to one of their own, are left as they are.
 */
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
  const inserted = await db
    .insertInto('templates')
    .values(templates)
    .onConflict((conflict) => conflict.doNothing())
    .returning('code')
    .execute();
  const isNew = new Set(inserted.map(({ code }) => code));
  const versions = FIRST_TEMPLATES.filter(({ code }) => isNew.has(code)).map(
    ({ code, variables, texts }) => ({
      template_id: firstTemplateId(code),
      version: 1,
      variables: asJson(variables),
      texts: asJson(texts),
    }),
  );
  if (versions.length > 0) await db.insertInto('template_versions').values(versions).execute();
}
