import type { EventBody, NewEvent } from '@cloudphone/contracts';
import { sql } from '@cloudphone/postgres';
import { moneyOf } from '../currency.ts';
import { movePersonsMoney } from '../ledger/move-persons-money.ts';
import { REVENUE_ACCOUNT } from '../ledger/post-transaction.ts';
import type { BillingTransaction } from '../schema.ts';
import { meteredDays } from './metered-days.ts';

/**
 * Adds a run's minutes to its days and takes what they cost from the person's balance, which may go
 * below zero by it: the device has run already.
 */
export async function recordRun(
  tx: BillingTransaction,
  run: {
    /** The event that ended it. */
    readonly eventId: string;
    readonly deviceId: string;
    readonly userId: string;
    readonly from: Date;
    readonly to: Date;
  },
): Promise<NewEvent[]> {
  const { eventId, deviceId, userId, from, to } = run;
  const days = meteredDays(from.getTime(), to.getTime());
  if (days.length === 0) return [];
  await tx
    .insertInto('usage_records')
    .values(days.map((day) => ({ device_id: deviceId, user_id: userId, ...day })))
    .onConflict((conflict) =>
      conflict.columns(['device_id', 'day', 'user_id']).doUpdateSet({
        minutes: sql`usage_records.minutes + excluded.minutes`,
        cost: sql`usage_records.cost + excluded.cost`,
      }),
    )
    .execute();
  const total = (of: 'minutes' | 'cost') => days.reduce((sum, day) => sum + day[of], 0);
  const cost = total('cost');
  const { events } = await movePersonsMoney(tx, {
    kind: 'usage',
    aboutId: eventId,
    userId,
    other: REVENUE_ACCOUNT,
    charge: { kind: 'usage', aboutId: deviceId },
    amount: -cost,
    at: to,
  });
  const data: EventBody<'billing.usage_recorded'> = {
    deviceId,
    userId,
    minutes: total('minutes'),
    cost: moneyOf(cost),
    from: from.toISOString(),
    to: to.toISOString(),
  };
  return [{ type: 'billing.usage_recorded', data }, ...events];
}
