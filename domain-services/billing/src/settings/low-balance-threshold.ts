import type { ReadOnlyDb } from '@cloudphone/domain-service';
import type { BillingTables } from '../schema.ts';

/** What is a low balance, in minor units, as the settings last said. */
export async function lowBalanceThreshold(
  db: Pick<ReadOnlyDb<BillingTables>, 'selectFrom'>,
): Promise<number> {
  const { low_balance_below: threshold } = await db
    .selectFrom('settings_copy')
    .select('low_balance_below')
    .executeTakeFirstOrThrow();
  return threshold;
}
