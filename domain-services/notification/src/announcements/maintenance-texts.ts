import type { ReadOnlyDb } from '@cloudphone/domain-service';
import type { AnnouncementText, NotificationTables } from '../schema.ts';
import { findValueIssues } from '../templates/check-values.ts';
import { compileTemplate } from '../templates/rendered-template.ts';
import { selectTemplates } from '../templates/select-templates.ts';

interface Maintenance {
  readonly at: string;
  readonly until: string;
  readonly message: string;
}

/**
 * What inboxes show of a maintenance, in each language of the template `system.maintenance`; times
 * are UTC and say so. Where operators have removed the template or asked other values of it, the
 * message alone.
 */
export async function maintenanceTexts(
  db: ReadOnlyDb<NotificationTables>,
  { at, until, message }: Maintenance,
): Promise<Readonly<Record<string, AnnouncementText>>> {
  const template = await selectTemplates(db)
    .where('code', '=', 'system.maintenance')
    .where('is_active', '=', true)
    .executeTakeFirst();
  const plain = { '*': { title: `${at} – ${until}`, body: message } };
  const values = { startsAt: at, endsAt: until, message };
  if (template === undefined || findValueIssues(template.variables, values).length > 0)
    return plain;
  const compiled = compileTemplate(template.texts);
  const texts = Object.keys(template.texts).map((locale) => {
    const { title, body } = compiled.render(
      { ...values, userName: '', userEmail: '' },
      { locale, timeZone: 'UTC' },
    );
    return [locale, { title, body: `${body} (UTC) ${message}` }] as const;
  });
  return Object.fromEntries(texts);
}
