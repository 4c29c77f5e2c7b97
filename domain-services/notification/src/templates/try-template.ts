import { newTemplateSchema, notificationCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { invalidInput, notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { NotificationTables } from '../schema.ts';
import { findTemplateIssues } from './check-template.ts';
import { findValueIssues } from './check-values.ts';
import type { CompiledTemplates } from './compiled-templates.ts';
import { chooseLocale } from './rendered-template.ts';
import { selectTemplates } from './select-templates.ts';

const RECIPIENT = { userName: 'Ada Lovelace', userEmail: 'ada@example.com' } as const;

/** What a person would read; `userName` and `userEmail` are an example's unless given. */
export function renderTemplateRoute(
  { db }: ServiceTools<NotificationTables>,
  compiledTemplates: CompiledTemplates,
): Route {
  return answerCall(notificationCalls.renderTemplate, async ({ params, body }) => {
    const { templateId } = params;
    const present = await selectTemplates(db).where('id', '=', templateId).executeTakeFirst();
    if (present === undefined) throw notFound('template', templateId);
    const version = body.version ?? present.version;
    const asked = await compiledTemplates.find(db, { id: templateId, version });
    if (asked === undefined) {
      throw invalidInput([{ path: 'body.version', message: 'there is no such version' }]);
    }
    const issues = findValueIssues(asked.variables, body.data);
    if (!isTimeZone(body.timeZone)) {
      issues.push({ path: 'body.timeZone', message: 'is no time zone' });
    }
    if (issues.length > 0) throw invalidInput(issues);
    const locale = chooseLocale(asked.locales, body.locale ?? 'en');
    try {
      const place = { locale, timeZone: body.timeZone };
      const message = asked.template.render({ ...RECIPIENT, ...body.data }, place);
      return { body: { ...message, locale, version } };
    } catch (err) {
      if (!(err instanceof RangeError)) throw err;
      throw invalidInput([{ path: 'body.data', message: err.message }]);
    }
  });
}

/** Whether it could be created, and every reason why not. */
export function validateTemplateRoute({ db }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.validateTemplate, async ({ body }) => {
    const read = newTemplateSchema.safeParse(body.template);
    if (!read.success) {
      const issues = read.error.issues.map(({ path, message }) => ({
        path: ['body.template', ...path].map(String).join('.'),
        message,
      }));
      return { body: { isValid: false, issues } };
    }
    const issues = findTemplateIssues(read.data, 'body.template');
    const taken = await selectTemplates(db).where('code', '=', read.data.code).executeTakeFirst();
    if (taken !== undefined) issues.push({ path: 'body.template.code', message: 'is taken' });
    return { body: { isValid: issues.length === 0, issues } };
  });
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
