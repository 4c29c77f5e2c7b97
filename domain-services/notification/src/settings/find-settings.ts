import type { Settings } from '@cloudphone/contracts';
import type { ReadOnlyDb } from '@cloudphone/domain-service';
import type { Selectable } from '@cloudphone/postgres';
import type { NotificationTables, SettingsTable } from '../schema.ts';

/** There always is one row: a migration writes it. */
export async function findSettings(db: ReadOnlyDb<NotificationTables>): Promise<Settings> {
  return presentSettings(await db.selectFrom('settings').selectAll().executeTakeFirstOrThrow());
}

export function presentSettings(row: Selectable<SettingsTable>): Settings {
  return {
    lowBalanceBelow: row.low_balance_below,
    quotaAlertPercent: row.quota_alert_percent,
    locales: row.locales,
    defaultLocale: row.default_locale,
    senderName: row.sender_name,
    quietHours: row.quiet_hours,
    version: row.version,
    updatedAt: row.updated_at.toISOString(),
  };
}
