import type { NewEvent, Quota } from '@cloudphone/contracts';
import { sql, type Transaction } from '@cloudphone/postgres';
import type { UserTables } from '../schema.ts';
import { presentQuota, type QuotaRow } from './present-quota.ts';

const DEFAULT_ALERT_PERCENT = 80;

/** A person's quota, locked until the transaction ends: changes of one quota come one by one. */
export function lockQuota(
  tx: Transaction<UserTables>,
  userId: string,
): Promise<QuotaRow | undefined> {
  return tx
    .selectFrom('quotas')
    .selectAll()
    .where('user_id', '=', userId)
    .forUpdate()
    .executeTakeFirst();
}

/**
 * Writes what a locked quota is to be and says so: `quota.updated` when it differs, then what it
 * has come to. An alert is told when use reaches the share, again only after it was below;
 * `quota.exceeded` when there is more in use than the limit or (`isRefused`) more was wanted, again
 * only after there was room.
 */
export async function settleQuota(
  tx: Transaction<UserTables>,
  before: QuotaRow,
  wanted: {
    readonly devicesLimit?: number;
    readonly devicesUsed?: number;
    readonly validUntil?: Date;
    readonly isRefused?: boolean;
  },
): Promise<{ readonly quota: Quota; readonly events: readonly NewEvent[] }> {
  const {
    devicesLimit = before.devices_limit,
    devicesUsed = before.devices_used,
    validUntil = before.valid_until,
    isRefused = false,
  } = wanted;
  const isAlerted = devicesUsed > 0 && devicesUsed * 100 >= (await alertPercent(tx)) * devicesLimit;
  const isOver = isRefused || devicesUsed > devicesLimit;
  const isExceeded = isOver || (before.is_exceeded && devicesUsed >= devicesLimit);
  const isChanged =
    devicesLimit !== before.devices_limit ||
    devicesUsed !== before.devices_used ||
    validUntil.getTime() !== before.valid_until.getTime();
  const row = await tx
    .updateTable('quotas')
    .set({
      devices_limit: devicesLimit,
      devices_used: devicesUsed,
      valid_until: validUntil,
      is_alerted: isAlerted,
      is_exceeded: isExceeded,
      ...(isChanged ? { version: sql<number>`version + 1` } : {}),
    })
    .where('user_id', '=', before.user_id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const quota = presentQuota(row);
  const events: NewEvent[] = [];
  if (isChanged) events.push({ type: 'quota.updated', data: quota });
  if (isAlerted && !before.is_alerted) events.push({ type: 'quota.alert', data: quota });
  if (isExceeded && !before.is_exceeded) events.push({ type: 'quota.exceeded', data: quota });
  return { quota, events };
}

async function alertPercent(tx: Transaction<UserTables>): Promise<number> {
  const settings = await tx.selectFrom('quota_settings').select('alert_percent').executeTakeFirst();
  return settings?.alert_percent ?? DEFAULT_ALERT_PERCENT;
}
