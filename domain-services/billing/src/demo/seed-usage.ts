import { demoDevicesOf, insertInBatches } from '@cloudphone/domain-service';
import type { BillingTransaction } from '../schema.ts';
import { demoUsageOf } from './demo-usage.ts';

/** What was used this month, and the runs that go on. */
export async function seedUsage(
  tx: BillingTransaction,
  numbers: readonly number[],
  nowMs: number,
): Promise<void> {
  for (const n of numbers) {
    const records = demoUsageOf(n, nowMs);
    if (records.length > 0) await tx.insertInto('usage_records').values(records).execute();
  }
  const running = numbers
    .flatMap((n) => demoDevicesOf(n))
    .filter(({ status }) => status === 'running');
  await insertInBatches(running, (batch) =>
    tx
      .insertInto('runs')
      .values(
        batch.map(({ id, owner }) => ({
          device_id: id,
          user_id: owner.id,
          started_at: new Date(nowMs),
        })),
      )
      .execute(),
  );
}
