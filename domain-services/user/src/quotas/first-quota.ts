import type { NewEvent } from '@cloudphone/contracts';
import type { Transaction } from '@cloudphone/postgres';
import type { UserTables } from '../schema.ts';
import { presentQuota, type QuotaRow } from './present-quota.ts';

const FIRST_DEVICES = 5;
const DAY_MS = 24 * 3_600_000;
const FIRST_DAYS = 30;

/** What a new customer may rent. Returns the event of it. */
export async function firstQuota(
  tx: Transaction<UserTables>,
  userId: string,
  at: Date,
): Promise<NewEvent[]> {
  const validUntil = new Date(at.getTime() + FIRST_DAYS * DAY_MS);
  const row = await insertQuota(tx, { userId, devicesLimit: FIRST_DEVICES, validUntil });
  return [{ type: 'quota.updated', data: presentQuota(row) }];
}

/** With the devices in use that the person is known to have. */
async function insertQuota(
  tx: Transaction<UserTables>,
  quota: { readonly userId: string; readonly devicesLimit: number; readonly validUntil: Date },
): Promise<QuotaRow> {
  const owned = await tx
    .selectFrom('quota_devices')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('owner_id', '=', quota.userId)
    .executeTakeFirstOrThrow();
  return tx
    .insertInto('quotas')
    .values({
      user_id: quota.userId,
      devices_limit: quota.devicesLimit,
      devices_used: Number(owned.count),
      valid_until: quota.validUntil,
      version: 1,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}
