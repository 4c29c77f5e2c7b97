import { notificationCalls, type Template } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError, invalidInput } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import { isUniqueViolation } from '@cloudphone/postgres';
import { timeOrderedId } from '@cloudphone/runtime';
import type { NotificationTables } from '../schema.ts';
import { findTemplateIssues } from './check-template.ts';
import { presentTemplateFacts } from './present-template.ts';
import { writeTemplateVersion } from './write-template-version.ts';

export function createTemplateRoute({ writer, clock }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.createTemplate, async ({ body }) => {
    const issues = findTemplateIssues(body);
    if (issues.length > 0) throw invalidInput(issues);
    const now = new Date(clock.now());
    const row = {
      id: timeOrderedId(now.getTime()),
      code: body.code,
      name: body.name,
      is_active: true,
      version: 1,
      created_at: now,
      updated_at: now,
    };
    const write = writer.write(async (tx) => {
      await tx.insertInto('templates').values(row).execute();
      const template: Template = await writeTemplateVersion(tx, row, body);
      return {
        result: template,
        events: [{ type: 'template.created', data: presentTemplateFacts(template) }],
      };
    });
    const { result, eventIds } = await write.catch((err: unknown) => {
      throw isUniqueViolation(err)
        ? appError('already_exists', { detail: 'There is a template of this code.' })
        : err;
    });
    return { body: result, eventIds, etagVersion: 1 };
  });
}
