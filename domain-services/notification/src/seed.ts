import {
  DEMO_STAFF,
  type DemoPerson,
  type DemoSeeding,
  demoDevice,
  demoId,
  demoPerson,
  insertInBatches,
} from '@cloudphone/domain-service';
import type { Insertable, Transaction } from '@cloudphone/postgres';
import type { NotificationTables } from './schema.ts';
import type { TemplateValues } from './templates/compile-text.ts';
import { FIRST_TEMPLATES } from './templates/first-templates/first-templates.ts';
import { compileTemplate } from './templates/rendered-template.ts';

const HOUR_MS = 3_600_000;

/** Demo people as contacts, and two messages in the inbox of each, the newer one unread. */
export async function seedNotifications(
  db: Transaction<NotificationTables>,
  { people, firstPerson, nowMs }: DemoSeeding,
): Promise<void> {
  const numbers = Array.from({ length: people - firstPerson + 1 }, (_, at) => firstPerson + at);
  const staff = firstPerson === 1 ? DEMO_STAFF : [];
  const contacts = [...staff, ...numbers.map(demoPerson)].map(contactRow);
  await insertInBatches(contacts, (batch) => db.insertInto('contacts').values(batch).execute());
  const inbox = numbers.flatMap((n) => {
    const person = demoPerson(n);
    const welcomedMs = nowMs - 48 * HOUR_MS;
    const deviceName = demoDevice(n, 1).name;
    return [
      { ...inboxRow(person, 'user.registered', {}, welcomedMs), read_at: new Date(nowMs) },
      inboxRow(person, 'device.created', { deviceName }, nowMs - 24 * HOUR_MS),
    ];
  });
  await insertInBatches(inbox, (batch) => db.insertInto('notifications').values(batch).execute());
}

function contactRow(person: DemoPerson): Insertable<NotificationTables['contacts']> {
  return {
    user_id: person.id,
    name: person.name,
    email: person.email,
    locale: person.locale,
    time_zone: person.timeZone,
    version: 1,
    tenant_id: person.tenantId,
    roles: [...person.roles],
    joined_at: null,
    deleted_at: null,
  };
}

const compiled = new Map(FIRST_TEMPLATES.map(({ code, texts }) => [code, compileTemplate(texts)]));

function inboxRow(person: DemoPerson, type: string, data: TemplateValues, atMs: number) {
  const template = compiled.get(type);
  if (template === undefined) throw new Error(`no first template ${type}`);
  const { title, body } = template.render({ ...data, userName: person.name }, person);
  return {
    id: demoId(`notification/${person.username}/${type}`),
    user_id: person.id,
    type,
    title,
    body,
    batch_id: null,
    read_at: null as Date | null,
    pushed_at: null,
    created_at: new Date(atMs),
  };
}
