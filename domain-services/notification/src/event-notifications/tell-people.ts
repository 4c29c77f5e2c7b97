import type { ChannelKind, NewEvent } from '@cloudphone/contracts';
import { sql, type Transaction } from '@cloudphone/postgres';
import { type Logger, namedId } from '@cloudphone/runtime';
import { type Contact, findContacts } from '../contacts/find-contacts.ts';
import { holdPeople } from '../contacts/hold-people.ts';
import { presentNotification } from '../inbox/present-notification.ts';
import { asJson } from '../json-column.ts';
import type { NotificationTables } from '../schema.ts';
import type { SendingPorts } from '../sending/sending-ports.ts';
import { findSettings } from '../settings/find-settings.ts';
import { findValueIssues } from '../templates/check-values.ts';
import type { TemplateValues } from '../templates/compile-text.ts';
import type { TemplateRow } from '../templates/present-template.ts';
import { compileTemplate } from '../templates/rendered-template.ts';
import { selectTemplates } from '../templates/select-templates.ts';
import type { Recipient } from './event-notification.ts';

/** What telling people of events needs. */
export interface TellingTools {
  readonly ports: Pick<SendingPorts, 'mayStillSend'>;
  readonly logger: Logger;
}

/** One event and what is to be told of it. */
export interface Occurrence {
  readonly eventId: string;
  /** RFC 3339. */
  readonly time: string;
  readonly template: string;
  readonly recipient: NonNullable<Recipient>;
  readonly values: TemplateValues;
  readonly by: readonly ChannelKind[];
  readonly lane: 'urgent' | 'normal';
}

/**
 * Writes the inbox rows, and one waiting message for each further channel. A template that is absent,
 * switched off or asks for other values tells nobody: that is the operators' doing, and no reason to
 * stop following events.
 */
export async function tellPeople(
  tx: Transaction<NotificationTables>,
  occurrence: Occurrence,
  { ports, logger }: TellingTools,
): Promise<NewEvent[]> {
  const { template: code, values, eventId, time, lane } = occurrence;
  const template = await selectTemplates(tx).where('code', '=', code).executeTakeFirst();
  if (template === undefined || !template.is_active) return [];
  const isSecret = SECRETS.has(code);
  const issues = isSecret ? [] : findValueIssues(template.variables, values);
  if (issues.length > 0) {
    logger.warn({ issues, code, eventId }, 'a template asks for what the event does not hold');
    return [];
  }
  const recipients = await recipientsOf(tx, occurrence.recipient);
  await holdPeople(tx, recipients);
  const contacts = await findContacts(tx, recipients);
  const people = [...contacts.values()];
  const waiting = occurrence.by
    .filter((channel) => channel !== 'websocket')
    .flatMap((channel) =>
      people.map(({ userId }) => ({
        ...{ id: messageKey(occurrence, userId, channel), event_id: eventId, user_id: userId },
        ...{ channel, template_code: code, template_id: template.id },
        ...{ template_version: template.version, values: asJson(values), lane },
        ...{ state: 'waiting' as const, attempts: 0, due_at: new Date(time) },
        ...{ claimed_until: null, error: null, created_at: new Date(time) },
      })),
    );
  if (waiting.length > 0) {
    await tx
      .insertInto('event_messages')
      .values(waiting)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
  }
  if (!occurrence.by.includes('websocket')) return [];
  const withheld = await ports.mayStillSend(people, {
    ...{ batchId: eventId, channel: 'websocket', priority: 'high', templateCode: code },
    nowMs: Date.parse(time),
  });
  const readers = people.filter(({ userId }) => !withheld.has(userId));
  return writeInbox(tx, occurrence, { template, readers, logger });
}

/** Values that are completed when the message leaves: they are secrets, and stand in no table. */
const SECRETS = new Set(['user.password_reset']);

/** The same message's repeats are told by it, for ever (RFC 9562 §5.5). */
function messageKey(
  { eventId, template }: Occurrence,
  userId: string,
  channel: ChannelKind,
): string {
  return namedId(eventId, `${template}/${channel}/${userId}`);
}

async function recipientsOf(
  tx: Transaction<NotificationTables>,
  recipient: NonNullable<Recipient>,
): Promise<readonly string[]> {
  if (typeof recipient === 'string') return [recipient];
  const staff = await tx
    .selectFrom('contacts')
    .select('user_id')
    .where(sql<boolean>`roles && ${[...recipient.staff]}::text[]`)
    .where('deleted_at', 'is', null)
    .execute();
  return staff.map(({ user_id }) => user_id);
}

async function writeInbox(
  tx: Transaction<NotificationTables>,
  occurrence: Occurrence,
  {
    template,
    readers,
    logger,
  }: {
    readonly template: TemplateRow;
    readonly readers: readonly Contact[];
    readonly logger: TellingTools['logger'];
  },
): Promise<NewEvent[]> {
  if (readers.length === 0) return [];
  const compiled = compileTemplate(template.texts);
  const { defaultLocale: fallbackLocale } = await findSettings(tx);
  const rows = readers.flatMap((contact) => {
    const values = { ...occurrence.values, userName: contact.name, userEmail: contact.email ?? '' };
    try {
      const { title, body } = compiled.render(values, { ...contact, fallbackLocale });
      const id = messageKey(occurrence, contact.userId, 'websocket');
      const created_at = new Date(occurrence.time);
      return [{ id, user_id: contact.userId, type: template.code, title, body, created_at }];
    } catch (err) {
      logger.warn({ err, code: template.code }, 'a message about an event cannot be rendered');
      return [];
    }
  });
  if (rows.length === 0) return [];
  const created = await tx
    .insertInto('notifications')
    .values(rows)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returningAll()
    .execute();
  return created.map((row) => ({ type: 'notification.created', data: presentNotification(row) }));
}
