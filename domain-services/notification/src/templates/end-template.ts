import { notificationCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound, versionConflict } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, parseIfMatch, type Route } from '@cloudphone/http';
import type { Transaction } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';
import { presentTemplate, presentTemplateFacts, type TemplateRow } from './present-template.ts';
import { selectTemplates } from './select-templates.ts';
import { writeTemplateVersion } from './write-template-version.ts';

/** Switching is a version like any other, with the texts of the one before. */
export function toggleTemplateRoute({ writer, clock }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.toggleTemplate, async ({ params, body, headers }) => {
    const expected = parseIfMatch(headers);
    const { result, eventIds } = await writer.write(async (tx) => {
      const before = await lockTemplate(tx, params.templateId, expected);
      const isActive = body.isActive ?? !before.is_active;
      if (isActive === before.is_active) return unchanged(presentTemplate(before));
      const { variables, texts, ...row } = before;
      const changes = {
        is_active: isActive,
        version: row.version + 1,
        updated_at: new Date(clock.now()),
      };
      await tx.updateTable('templates').set(changes).where('id', '=', row.id).execute();
      const template = await writeTemplateVersion(tx, { ...row, ...changes }, { variables, texts });
      return {
        result: template,
        events: [{ type: 'template.updated', data: presentTemplateFacts(template) }],
      };
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}

/**
 * Nothing can be begun with it from here on. Its row and its versions stay: what was sent with them,
 * and what is being sent, still names them. Its code is free for another.
 */
export function deleteTemplateRoute({ writer, clock }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.deleteTemplate, async ({ params, headers }) => {
    const expected = parseIfMatch(headers);
    const { result, eventIds } = await writer.write(async (tx) => {
      const before = await lockTemplate(tx, params.templateId, expected);
      const now = new Date(clock.now());
      const changes = { is_active: false, version: before.version + 1, updated_at: now };
      await tx
        .updateTable('templates')
        .set({ ...changes, deleted_at: now })
        .where('id', '=', before.id)
        .execute();
      const template = presentTemplate({ ...before, ...changes });
      return {
        result: template,
        events: [{ type: 'template.deleted', data: presentTemplateFacts(template) }],
      };
    });
    return { body: result, eventIds };
  });
}

async function lockTemplate(
  tx: Transaction<NotificationTables>,
  templateId: string,
  expected: number | undefined,
): Promise<TemplateRow> {
  const locked = await tx
    .selectFrom('templates')
    .select('version')
    .where('id', '=', templateId)
    .where('deleted_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (locked === undefined) throw notFound('template', templateId);
  if (expected !== undefined && expected !== locked.version) {
    throw versionConflict('template', templateId, locked.version);
  }
  return selectTemplates(tx).where('id', '=', templateId).executeTakeFirstOrThrow();
}
