import type { Person } from '@cloudphone/contracts';
import { defineReaction, type Reaction } from '@cloudphone/event-log';
import type { Transaction } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';

/**
 * Keeps the copied contacts. Nothing is published: no answer of this service shows a contact, so no
 * view can hold one.
 */
export const followPeople: readonly Reaction<NotificationTables>[] = [
  defineReaction({
    on: 'user.created',
    name: 'copy-new-contact',
    run: async ({ data }, tx) => copyContact(data, tx),
  }),
  defineReaction({
    on: 'user.updated',
    name: 'copy-contact',
    run: async ({ data }, tx) => copyContact(data, tx),
  }),
];

/** An older version than the copy's changes nothing, in whatever order they come. */
async function copyContact(person: Person, tx: Transaction<NotificationTables>): Promise<[]> {
  const contact = {
    name: person.name,
    email: person.email,
    locale: person.locale,
    time_zone: person.timeZone,
    version: person.version,
  };
  await tx
    .insertInto('contacts')
    .values({ user_id: person.id, ...contact })
    .onConflict((conflict) =>
      conflict
        .column('user_id')
        .doUpdateSet(contact)
        .whereRef('contacts.version', '<', 'excluded.version'),
    )
    .execute();
  return [];
}
