import type { ReadOnlyDb } from '@cloudphone/domain-service';
import { sql } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';

/** How one person is reached and addressed. */
export interface Contact {
  readonly userId: string;
  readonly name: string;
  readonly email: string | null;
  /** E.164; null: no text messages. */
  readonly phone: string | null;
  readonly locale: string;
  readonly timeZone: string;
}

/**
 * By id, in one query; people who are not known, or not any more, are not in the map. Language and
 * time zone are those that the person prefers, else those of their profile.
 */
export async function findContacts(
  db: ReadOnlyDb<NotificationTables>,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, Contact>> {
  const rows = await db
    .selectFrom('contacts')
    .leftJoin('preferences', 'preferences.user_id', 'contacts.user_id')
    .select(['contacts.user_id as userId', 'contacts.name', 'contacts.email', 'preferences.phone'])
    .select((of) => [
      of.fn.coalesce('preferences.locale', 'contacts.locale').as('locale'),
      of.fn.coalesce('preferences.time_zone', 'contacts.time_zone').as('timeZone'),
    ])
    .where('contacts.user_id', '=', sql<string>`any(${[...userIds]}::uuid[])`)
    .where('contacts.deleted_at', 'is', null)
    .execute();
  return new Map(rows.map((contact) => [contact.userId, contact]));
}
