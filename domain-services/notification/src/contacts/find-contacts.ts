import type { ReadOnlyDb } from '@cloudphone/domain-service';
import { sql } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';

/** How one person is reached and addressed. */
export interface Contact {
  readonly userId: string;
  readonly name: string;
  readonly email: string | null;
  readonly locale: string;
  readonly timeZone: string;
}

/** By id, in one query; people who are not known are not in the map. */
export async function findContacts(
  db: ReadOnlyDb<NotificationTables>,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, Contact>> {
  const rows = await db
    .selectFrom('contacts')
    .select(['user_id as userId', 'name', 'email', 'locale', 'time_zone as timeZone'])
    .where('user_id', '=', sql<string>`any(${[...userIds]}::uuid[])`)
    .execute();
  return new Map(rows.map((contact) => [contact.userId, contact]));
}
