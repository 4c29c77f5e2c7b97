import { type EventBody, type TagRead, type Template, tags } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import type { TemplateTable, TemplateVersionTable } from '../schema.ts';

export type TemplateRow = Selectable<TemplateTable> &
  Pick<Selectable<TemplateVersionTable>, 'variables' | 'texts'>;

export function presentTemplate(row: TemplateRow): Template {
  return {
    id: row.id,
    code: row.code,
    name: row.name,
    isActive: row.is_active,
    variables: row.variables,
    texts: row.texts,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/** What its events tell: everything but the texts. */
export function presentTemplateFacts({
  texts: _,
  ...facts
}: Template): EventBody<'template.updated'> {
  return facts;
}

export function readOfTemplate({ code, version }: Template): TagRead {
  return { tag: tags.template(code), version };
}
