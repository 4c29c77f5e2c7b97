import { notificationCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { NotificationTables } from '../schema.ts';
import { presentTemplate, readOfTemplate } from './present-template.ts';
import { selectTemplates } from './select-templates.ts';

export function getTemplateByCodeRoute({ db }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.getTemplateByCode, async ({ params }) => {
    const row = await selectTemplates(db).where('code', '=', params.code).executeTakeFirst();
    if (row === undefined) throw notFound('template', params.code);
    const template = presentTemplate(row);
    return { body: template, tags: [readOfTemplate(template)], etagVersion: template.version };
  });
}
