import type { EventBody, EventEnvelope, NewEvent } from '@cloudphone/contracts';
import { defineReaction } from '@cloudphone/event-log';
import { sql } from '@cloudphone/postgres';
import { moneyOf } from '../currency.ts';
import type { BillingTables, BillingTransaction } from '../schema.ts';
import { meteredDays } from './metered-days.ts';

/** A device that nobody rents is not metered. */
export const onDeviceStarted = defineReaction<'device.started', BillingTables>({
  on: 'device.started',
  name: 'begin-metering',
  run: async ({ data: device, envelope }, tx) => {
    if (device.ownerId === null) return [];
    await tx
      .insertInto('runs')
      .values({
        device_id: device.id,
        user_id: device.ownerId,
        started_at: new Date(envelope.time),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return [];
  },
});

export const onDeviceStopped = defineReaction<'device.stopped', BillingTables>({
  on: 'device.stopped',
  name: 'end-metering',
  run: ({ data, envelope }, tx) => endRun(tx, data, envelope),
});

export const onDeviceError = defineReaction<'device.error', BillingTables>({
  on: 'device.error',
  name: 'end-metering-in-error',
  run: ({ data, envelope }, tx) => endRun(tx, data, envelope),
});

/** Adds the run's minutes to its days and tells how much it was; nothing when none was begun. */
async function endRun(
  tx: BillingTransaction,
  device: EventBody<'device.stopped'>,
  envelope: EventEnvelope,
): Promise<NewEvent[]> {
  const run = await tx
    .deleteFrom('runs')
    .where('device_id', '=', device.id)
    .returningAll()
    .executeTakeFirst();
  if (run === undefined) return [];
  const to = new Date(envelope.time);
  const days = meteredDays(run.started_at.getTime(), to.getTime());
  if (days.length === 0) return [];
  await tx
    .insertInto('usage_records')
    .values(days.map((day) => ({ device_id: run.device_id, user_id: run.user_id, ...day })))
    .onConflict((conflict) =>
      conflict.columns(['device_id', 'day', 'user_id']).doUpdateSet({
        minutes: sql`usage_records.minutes + excluded.minutes`,
        cost: sql`usage_records.cost + excluded.cost`,
      }),
    )
    .execute();
  const total = (of: 'minutes' | 'cost') => days.reduce((sum, day) => sum + day[of], 0);
  const data: EventBody<'billing.usage_recorded'> = {
    deviceId: run.device_id,
    userId: run.user_id,
    minutes: total('minutes'),
    cost: moneyOf(total('cost')),
    from: run.started_at.toISOString(),
    to: to.toISOString(),
  };
  return [{ type: 'billing.usage_recorded', data }];
}
