import { notificationCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { invalidInput, notFound, versionConflict } from '@cloudphone/errors';
import { answerCall, parseIfMatch, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';
import { findTemplateIssues } from './check-template.ts';
import { presentTemplateFacts } from './present-template.ts';
import { writeTemplateVersion } from './write-template-version.ts';

/** A new version; what was sent with earlier ones stays readable. `If-Match` as everywhere. */
export function updateTemplateRoute({ writer, clock }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.updateTemplate, async ({ params, body, headers }) => {
    const { templateId } = params;
    const expected = parseIfMatch(headers);
    const issues = findTemplateIssues(body);
    if (issues.length > 0) throw invalidInput(issues);
    const { result, eventIds } = await writer.write(async (tx) => {
      const before = await tx
        .selectFrom('templates')
        .select('version')
        .where('id', '=', templateId)
        .where('deleted_at', 'is', null)
        .forUpdate()
        .executeTakeFirst();
      if (before === undefined) throw notFound('template', templateId);
      if (expected !== undefined && expected !== before.version) {
        throw versionConflict('template', templateId, before.version);
      }
      const row = await tx
        .updateTable('templates')
        .set({ name: body.name, version: sql`version + 1`, updated_at: new Date(clock.now()) })
        .where('id', '=', templateId)
        .returningAll()
        .executeTakeFirstOrThrow();
      const template = await writeTemplateVersion(tx, row, body);
      return {
        result: template,
        events: [{ type: 'template.updated', data: presentTemplateFacts(template) }],
      };
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}
