import type { Quota } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import type { QuotaTable } from '../schema.ts';

export type QuotaRow = Selectable<QuotaTable>;

export function presentQuota(row: QuotaRow): Quota {
  return {
    userId: row.user_id,
    devicesLimit: row.devices_limit,
    devicesUsed: row.devices_used,
    validUntil: row.valid_until.toISOString(),
    version: row.version,
  };
}
