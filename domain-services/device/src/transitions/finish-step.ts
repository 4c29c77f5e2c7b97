import { unchanged, type Written } from '@cloudphone/event-log';
import { sql } from '@cloudphone/postgres';
import { finishCreationForOrder } from '../allocation/finish-creation.ts';
import { type DeviceTools, type DeviceTransaction, told } from '../device-tools.ts';
import { lockDevices } from '../devices/lock-devices.ts';
import { type DeviceRow, presentDevice } from '../devices/present-device.ts';
import { freePlaces } from '../pool/places.ts';
import type { ProviderOutcome } from '../provider/provider.ts';
import type { ClaimedDevice } from './claimed-device.ts';
import { STEPS, stepOf } from './steps.ts';

/** Writes how a step ended, under its claim, and tells it. Another claim's device is left alone. */
export async function finishStep(
  tools: DeviceTools,
  claimed: ClaimedDevice,
  outcome: ProviderOutcome,
): Promise<void> {
  const { device, claim } = claimed;
  const { order_id: orderId } = device;
  const step = stepOf(device.status);
  await tools.writer.write(async (tx): Promise<Written<void>> => {
    const lock = async () => {
      const [row] = await lockDevices(tx, (devices) =>
        devices.where('id', '=', device.id).where('work_claim', '=', claim),
      );
      return row;
    };
    if (step === 'create' && orderId !== null) {
      return told(undefined, await finishCreationForOrder(tx, tools, { orderId, outcome, lock }));
    }
    const row = await lock();
    if (row === undefined) return unchanged(undefined);
    if (step === 'create') return finishCreation(tx, tools, { row, outcome });
    if (step === 'delete' && outcome.isDone) return finishDeletion(tx, tools, row);
    const at = new Date(tools.clock.now());
    if (step === 'delete' || !outcome.isDone) {
      const reason = outcome.isDone ? null : outcome.reason;
      const failed = await settle(tx, row, { status: 'error', last_error: reason, at });
      return told(undefined, [{ type: 'device.error', data: presentDevice(failed) }]);
    }
    const { to, done } = STEPS[step];
    const settled = await settle(tx, row, { status: to, last_error: null, at });
    return told(undefined, [{ type: done, data: presentDevice(settled) }]);
  });
}

/** A device that nobody ordered: there it is, or its place is free again. */
async function finishCreation(
  tx: DeviceTransaction,
  tools: DeviceTools,
  { row, outcome }: { readonly row: DeviceRow; readonly outcome: ProviderOutcome },
): Promise<Written<void>> {
  const at = new Date(tools.clock.now());
  if (outcome.isDone) {
    const made = await settle(tx, row, { status: 'stopped', last_error: null, made_at: at, at });
    return told(undefined, [{ type: 'device.created', data: presentDevice(made) }]);
  }
  const refused = { status: 'error', last_error: outcome.reason, at } as const;
  const data = presentDevice(await settle(tx, row, refused));
  await tx.deleteFrom('devices').where('id', '=', row.id).execute();
  const events = await freePlaces(tx, tools, [row.node_name]);
  return told(undefined, [{ type: 'device.creation_failed', data }, ...events]);
}

async function finishDeletion(
  tx: DeviceTransaction,
  tools: DeviceTools,
  row: DeviceRow,
): Promise<Written<void>> {
  await tx.deleteFrom('devices').where('id', '=', row.id).execute();
  const device = presentDevice({
    ...row,
    version: row.version + 1,
    updated_at: new Date(tools.clock.now()),
  });
  const events = await freePlaces(tx, tools, [row.node_name]);
  return told(undefined, [
    { type: 'device.deleted', data: { ...device, formerOwnerId: null } },
    ...events,
  ]);
}

function settle(
  tx: DeviceTransaction,
  { id }: DeviceRow,
  {
    at,
    ...end
  }: Pick<DeviceRow, 'status' | 'last_error'> &
    Partial<Pick<DeviceRow, 'made_at'>> & { readonly at: Date },
): Promise<DeviceRow> {
  return tx
    .updateTable('devices')
    .set({
      ...end,
      work_claim: null,
      work_until: null,
      version: sql`version + 1`,
      updated_at: at,
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}
