import { demoDevicesOf, insertInBatches } from '@cloudphone/domain-service';
import { sql } from '@cloudphone/postgres';
import type { BillingTransaction } from '../schema.ts';
import { demoUsageOf } from './demo-usage.ts';

const PEOPLE_A_STATEMENT = 200;
/** Long enough that to stop one at once is billed. */
const RUNNING_FOR_MS = 5 * 60 * 1_000;

/** What was used this month, and the meters that run. */
export async function seedUsage(
  tx: BillingTransaction,
  numbers: readonly number[],
  nowMs: number,
): Promise<void> {
  for (let first = 0; first < numbers.length; first += PEOPLE_A_STATEMENT) {
    await seedRecords(tx, numbers.slice(first, first + PEOPLE_A_STATEMENT), nowMs);
  }
  const running = numbers
    .flatMap((n) => demoDevicesOf(n))
    .filter(({ status }) => status === 'running');
  await insertInBatches(running, (batch) =>
    tx
      .insertInto('meters')
      .values(
        batch.map(({ id, owner }) => ({
          device_id: id,
          version: 0,
          user_id: owner.id,
          started_at: new Date(nowMs - RUNNING_FOR_MS),
        })),
      )
      .execute(),
  );
}

/** By columns: a person has up to ninety records, and a parameter for each value would be slow. */
async function seedRecords(tx: BillingTransaction, numbers: readonly number[], nowMs: number) {
  const records = numbers.flatMap((n) => demoUsageOf(n, nowMs));
  await sql`
    insert into usage_records (device_id, user_id, day, minutes, cost)
    select * from unnest(
      ${records.map((record) => record.device_id)}::uuid[],
      ${records.map((record) => record.user_id)}::uuid[],
      ${records.map((record) => record.day)}::date[],
      ${records.map((record) => record.minutes)}::integer[],
      ${records.map((record) => record.cost)}::bigint[]
    )`.execute(tx);
}
