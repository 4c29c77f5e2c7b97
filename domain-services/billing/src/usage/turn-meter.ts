import type { NewEvent } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import type { BillingTransaction, MeterTable } from '../schema.ts';
import { recordRun } from './record-run.ts';

/** What an event says of a device: for whom it runs from a moment on, null for nobody. */
export interface Heard {
  readonly eventId: string;
  readonly deviceId: string;
  readonly version: number;
  readonly runsFor: string | null;
  readonly at: Date;
}

/**
 * Brings a device's meter to what an event says. A run that ends with it is recorded and charged to
 * whom it ran for. What an older version of the device said changes nothing, and neither does what
 * the meter shows already: an event heard twice bills once.
 */
export async function turnMeter(tx: BillingTransaction, heard: Heard): Promise<NewEvent[]> {
  const { deviceId, version, runsFor, at } = heard;
  const meter = await lockMeter(tx, deviceId);
  if (version < meter.version) return [];
  const isNews = meter.user_id !== runsFor;
  const run = isNews
    ? { user_id: runsFor, started_at: runsFor === null ? null : at }
    : { user_id: meter.user_id, started_at: meter.started_at };
  await tx
    .updateTable('meters')
    .set({ version, ...run })
    .where('device_id', '=', deviceId)
    .execute();
  const { user_id: userId, started_at: from } = meter;
  if (!isNews || userId === null || from === null) return [];
  return recordRun(tx, { eventId: heard.eventId, deviceId, userId, from, to: at });
}

async function lockMeter(
  tx: BillingTransaction,
  deviceId: string,
): Promise<Selectable<MeterTable>> {
  await tx
    .insertInto('meters')
    .values({ device_id: deviceId, version: 0, user_id: null, started_at: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return tx
    .selectFrom('meters')
    .selectAll()
    .where('device_id', '=', deviceId)
    .forUpdate()
    .executeTakeFirstOrThrow();
}
