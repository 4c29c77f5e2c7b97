import type { NewEvent, Person } from '@cloudphone/contracts';
import { defineReaction, type Reaction } from '@cloudphone/event-log';
import { sql, type Transaction } from '@cloudphone/postgres';
import { countUnread } from '../inbox/count-unread.ts';
import type { NotificationTables } from '../schema.ts';

/**
 * Keeps the copied contacts. Of them only the tenant and the language show in an answer: they decide
 * which announcements stand in an inbox, and how they read.
 */
export const followPeople: readonly Reaction<NotificationTables>[] = [
  defineReaction({
    on: 'user.created',
    name: 'copy-new-contact',
    run: ({ data, envelope }, tx) => copyContact(tx, data, envelope.time),
  }),
  defineReaction({
    on: 'user.updated',
    name: 'copy-contact',
    run: ({ data, envelope }, tx) => copyContact(tx, data, envelope.time),
  }),
];

/** An older version than the copy's changes nothing, in whatever order they come; nor does a deleted person's. */
async function copyContact(
  tx: Transaction<NotificationTables>,
  person: Person,
  at: string,
): Promise<NewEvent[]> {
  const contact = {
    name: person.name,
    email: person.email,
    locale: person.locale,
    time_zone: person.timeZone,
    version: person.version,
    tenant_id: person.tenantId,
    roles: [...person.roles],
    joined_at: new Date(person.createdAt),
  };
  const before = await tx
    .selectFrom('contacts')
    .select(['tenant_id', 'locale', 'joined_at'])
    .where('user_id', '=', person.id)
    .forUpdate()
    .executeTakeFirst();
  const { numInsertedOrUpdatedRows = 0n } = await tx
    .insertInto('contacts')
    .values({ user_id: person.id, ...contact })
    .onConflict((conflict) =>
      conflict
        .column('user_id')
        .doUpdateSet(contact)
        .whereRef('contacts.version', '<', sql`excluded.version`)
        .where('contacts.deleted_at', 'is', null),
    )
    .executeTakeFirst();
  const isSame =
    before?.tenant_id === contact.tenant_id &&
    before.locale === contact.locale &&
    before.joined_at?.getTime() === contact.joined_at.getTime();
  if (numInsertedOrUpdatedRows === 0n || isSame) return [];
  const unread = await countUnread(tx, person.id, Date.parse(at));
  return [
    {
      type: 'notification.inbox_changed',
      data: { userId: person.id, reason: 'moved', unread, at },
    },
  ];
}
