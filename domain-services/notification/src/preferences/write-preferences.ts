import type { Preferences } from '@cloudphone/contracts';
import { sql, type Transaction } from '@cloudphone/postgres';
import { asJson } from '../json-column.ts';
import type { NotificationTables } from '../schema.ts';
import { findPreferences, presentPreferences } from './present-preferences.ts';

/**
 * Changes one person's preferences: `change` sees them as they are, nobody else changes them
 * meanwhile, and undefined leaves them so.
 */
export async function writePreferences(
  tx: Transaction<NotificationTables>,
  { userId, now }: { readonly userId: string; readonly now: Date },
  change: (
    before: Preferences,
  ) => Omit<Preferences, 'userId' | 'version' | 'updatedAt'> | undefined,
): Promise<{ readonly preferences: Preferences; readonly isChanged: boolean }> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`preferences ${userId}`}, 2))`.execute(
    tx,
  );
  const before = await findPreferences(tx, userId);
  const after = change(before);
  if (after === undefined) return { preferences: before, isChanged: false };
  const columns = {
    channels: asJson(after.channels),
    quiet_hours: after.quietHours === null ? null : asJson(after.quietHours),
    locale: after.locale,
    time_zone: after.timeZone,
    phone: after.phone,
    promotions_per_day: after.promotionsPerDay,
    version: before.version + 1,
    updated_at: now,
  };
  const row = await tx
    .insertInto('preferences')
    .values({ user_id: userId, ...columns })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(columns))
    .returningAll()
    .executeTakeFirstOrThrow();
  return { preferences: presentPreferences(row), isChanged: true };
}
