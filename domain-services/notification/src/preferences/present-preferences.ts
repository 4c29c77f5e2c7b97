import type { Preferences } from '@cloudphone/contracts';
import type { ReadOnlyDb } from '@cloudphone/domain-service';
import type { Selectable } from '@cloudphone/postgres';
import type { NotificationTables, PreferencesTable } from '../schema.ts';
import { defaultChannels } from './categories.ts';

/** A person's own, or what holds for everybody (version 0). */
export async function findPreferences(
  db: ReadOnlyDb<NotificationTables>,
  userId: string,
): Promise<Preferences> {
  const row = await db
    .selectFrom('preferences')
    .selectAll()
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row === undefined ? everybodys(userId) : presentPreferences(row);
}

export function presentPreferences(row: Selectable<PreferencesTable>): Preferences {
  return {
    userId: row.user_id,
    // Categories that came later are as everybody's until the person says otherwise.
    channels: { ...defaultChannels(), ...row.channels },
    quietHours: row.quiet_hours,
    locale: row.locale,
    timeZone: row.time_zone,
    phone: row.phone,
    promotionsPerDay: row.promotions_per_day,
    version: row.version,
    updatedAt: row.updated_at.toISOString(),
  };
}

function everybodys(userId: string): Preferences {
  return {
    userId,
    channels: defaultChannels(),
    quietHours: null,
    locale: null,
    timeZone: null,
    phone: null,
    promotionsPerDay: null,
    version: 0,
    updatedAt: null,
  };
}
