import type { NewEvent } from '@cloudphone/contracts';
import { sql } from '@cloudphone/postgres';
import { currentCause } from '@cloudphone/runtime';
import type { DeviceTransaction } from '../device-tools.ts';
import { type DeviceRow, presentDevice } from './present-device.ts';

const NOBODYS = {
  owner_id: null,
  owner_name: null,
  owner_email: null,
  tenant_id: null,
  owner_version: 0,
  order_id: null,
  expires_at: null,
  expiry_told: null,
} as const;

/**
 * Takes devices, which the transaction has locked, from whoever has them and asks for their
 * deletion: nothing of one person's phone is ever another's. Those that are being deleted already
 * stay as they are.
 */
export async function releaseDevices(
  tx: DeviceTransaction,
  devices: readonly DeviceRow[],
  at: Date,
): Promise<NewEvent[]> {
  const events: NewEvent[] = [];
  for (const { id, owner_id: formerOwnerId, status } of devices) {
    if (status === 'deleting' && formerOwnerId === null) continue;
    await tx.deleteFrom('app_work').where('device_id', '=', id).execute();
    const row = await tx
      .updateTable('devices')
      .set({
        ...NOBODYS,
        status: 'deleting',
        last_error: null,
        work_claim: null,
        work_until: null,
        cause: currentCause(),
        version: sql`version + 1`,
        updated_at: at,
      })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    const device = presentDevice(row);
    events.push(
      formerOwnerId === null
        ? { type: 'device.status_changed', data: device }
        : { type: 'device.released', data: { ...device, formerOwnerId } },
    );
  }
  return events;
}
