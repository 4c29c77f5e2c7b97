import { CHUNK_SIZE, unpackIds } from '../campaigns/freeze-audience.ts';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import { findContacts } from '../contacts/find-contacts.ts';
import { type CompiledTemplate, compileTemplate } from '../templates/rendered-template.ts';
import type { LoadedChunk } from './send-group.ts';
import type { Sending } from './sending.ts';

const MAX_COMPILED = 100;

/** Compiled once a version and kept: a version never changes. */
export type TemplateCache = Map<string, CompiledTemplate>;

/** Undefined when the campaign has no such chunk. Contacts are as they are now: the latest address. */
export async function loadChunk(
  sending: Sending,
  row: CampaignRow,
  chunk: number,
  templates: TemplateCache,
): Promise<LoadedChunk | undefined> {
  const audience = await sending.db
    .selectFrom('audience_chunks')
    .select('recipients')
    .where('batch_id', '=', row.batch_id)
    .where('chunk', '=', chunk)
    .executeTakeFirst();
  if (audience === undefined) return undefined;
  const userIds = unpackIds(audience.recipients);
  return {
    batchId: row.batch_id,
    type: row.template_code,
    template: await getTemplate(sending, row, templates),
    data: row.data,
    from: chunk * CHUNK_SIZE,
    userIds,
    contacts: await findContacts(sending.db, userIds),
  };
}

async function getTemplate(
  { db }: Sending,
  row: CampaignRow,
  templates: TemplateCache,
): Promise<CompiledTemplate> {
  const key = `${row.template_id}@${row.template_version}`;
  const known = templates.get(key);
  if (known !== undefined) return known;
  const { texts } = await db
    .selectFrom('template_versions')
    .select('texts')
    .where('template_id', '=', row.template_id)
    .where('version', '=', row.template_version)
    .executeTakeFirstOrThrow();
  const compiled = compileTemplate(texts);
  const oldest = templates.size >= MAX_COMPILED ? templates.keys().next().value : undefined;
  if (oldest !== undefined) templates.delete(oldest);
  templates.set(key, compiled);
  return compiled;
}
