import { type NewEvent, notificationCalls, type Template } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError, invalidInput } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import { isUniqueViolation, type Transaction } from '@cloudphone/postgres';
import { timeOrderedId } from '@cloudphone/runtime';
import type { NotificationTables } from '../schema.ts';
import { findTemplateIssues } from './check-template.ts';
import { presentTemplateFacts } from './present-template.ts';
import { writeTemplateVersion } from './write-template-version.ts';

type NewTemplate = Pick<Template, 'code' | 'name' | 'variables'> & {
  readonly texts: Readonly<Record<string, Template['texts'][string] | undefined>>;
};

export function createTemplateRoute(tools: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.createTemplate, async ({ body }) => {
    const issues = findTemplateIssues(body);
    if (issues.length > 0) throw invalidInput(issues);
    const { items, eventIds } = await createAll(tools, [body]);
    const [template] = items;
    if (template === undefined) throw new Error('one template makes one template');
    return { body: template, eventIds, etagVersion: template.version };
  });
}

/** Several at once, all or none; what is wrong with any of them is named by its place in the list. */
export function createTemplatesRoute(tools: ServiceTools<NotificationTables>): Route {
  return answerCall(
    notificationCalls.createTemplates,
    async ({ body: { templates } }) => {
      const codes = new Set<string>();
      const issues = templates.flatMap((template, index) => {
        const at = `body.templates.${index}`;
        const isTwice = codes.has(template.code);
        codes.add(template.code);
        const twice = { path: `${at}.code`, message: 'stands in the list twice' };
        return [...(isTwice ? [twice] : []), ...findTemplateIssues(template, at)];
      });
      if (issues.length > 0) throw invalidInput(issues);
      const { items, eventIds } = await createAll(tools, templates);
      return { body: { items: [...items] }, eventIds };
    },
    { bodyLimitBytes: BULK_BODY_BYTES },
  );
}

/** A hundred templates of some length. */
const BULK_BODY_BYTES = 8_000_000;

async function createAll(
  { writer, clock }: ServiceTools<NotificationTables>,
  templates: readonly NewTemplate[],
): Promise<{ readonly items: readonly Template[]; readonly eventIds: readonly string[] }> {
  const write = writer.write(async (tx) => {
    const items: Template[] = [];
    for (const template of templates) items.push(await insertTemplate(tx, template, clock.now()));
    const [first, ...rest] = items.map(
      (template): NewEvent => ({ type: 'template.created', data: presentTemplateFacts(template) }),
    );
    if (first === undefined) throw new Error('nothing to create');
    return { result: items, events: [first, ...rest] };
  });
  const { result, eventIds } = await write.catch((err: unknown) => {
    throw isUniqueViolation(err)
      ? appError('already_exists', { detail: 'There is a template of this code.' })
      : err;
  });
  return { items: result, eventIds };
}

async function insertTemplate(
  tx: Transaction<NotificationTables>,
  template: NewTemplate,
  nowMs: number,
): Promise<Template> {
  const now = new Date(nowMs);
  const row = {
    id: timeOrderedId(nowMs),
    code: template.code,
    name: template.name,
    is_active: true,
    version: 1,
    created_at: now,
    updated_at: now,
    deleted_at: null,
  };
  await tx.insertInto('templates').values(row).execute();
  return writeTemplateVersion(tx, row, template);
}
