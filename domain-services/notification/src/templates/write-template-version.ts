import type { Template } from '@cloudphone/contracts';
import type { Selectable, Transaction } from '@cloudphone/postgres';
import { asJson } from '../json-column.ts';
import type { NotificationTables, TemplateTable } from '../schema.ts';
import { presentTemplate } from './present-template.ts';

/** Keeps what a template says at the version that its row names. */
export async function writeTemplateVersion(
  tx: Transaction<NotificationTables>,
  row: Selectable<TemplateTable>,
  content: {
    readonly variables: Template['variables'];
    readonly texts: Readonly<Record<string, Template['texts'][string] | undefined>>;
  },
): Promise<Template> {
  const given = Object.entries(content.texts).filter(([, text]) => text !== undefined);
  const texts = Object.fromEntries(given) as Template['texts'];
  await tx
    .insertInto('template_versions')
    .values({
      template_id: row.id,
      version: row.version,
      variables: asJson(content.variables),
      texts: asJson(texts),
    })
    .execute();
  return presentTemplate({ ...row, variables: content.variables, texts });
}
