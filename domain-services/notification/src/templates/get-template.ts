import { notificationCalls, tags } from '@cloudphone/contracts';
import { pageFrom, readPlace, type ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import * as z from 'zod';
import type { NotificationTables } from '../schema.ts';
import { presentTemplate, readOfTemplate } from './present-template.ts';
import { selectTemplates } from './select-templates.ts';

export function getTemplateRoute({ db }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.getTemplate, async ({ params }) => {
    const row = await selectTemplates(db).where('id', '=', params.templateId).executeTakeFirst();
    if (row === undefined) throw notFound('template', params.templateId);
    const template = presentTemplate(row);
    return { body: template, tags: [readOfTemplate(template)], etagVersion: template.version };
  });
}

const placeSchema = z.tuple([z.string().regex(/^\d{1,9}$/)]);

/** What it said at each of its versions, the newest first. */
export function listTemplateVersionsRoute({ db }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.listTemplateVersions, async ({ params, query }) => {
    const before =
      query.cursor === undefined ? undefined : readPlace(query.cursor, 'newest', placeSchema);
    const template = await selectTemplates(db)
      .where('id', '=', params.templateId)
      .executeTakeFirst();
    if (template === undefined) throw notFound('template', params.templateId);
    let wanted = db
      .selectFrom('template_versions')
      .select(['version', 'variables', 'texts'])
      .where('template_id', '=', params.templateId);
    if (before !== undefined) wanted = wanted.where('version', '<', Number(before[0]));
    const rows = await wanted
      .orderBy('version', 'desc')
      .limit(query.limit + 1)
      .execute();
    const page = pageFrom(rows, query.limit, ({ version }) => ['newest', String(version)]);
    return { body: page, tags: [{ tag: tags.template(template.code) }] };
  });
}
