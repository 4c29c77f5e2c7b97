import type { NewEvent } from '@cloudphone/contracts';
import type { DeviceTransaction } from '../device-tools.ts';
import { lockDevices } from '../devices/lock-devices.ts';
import { releaseDevices } from '../devices/release-devices.ts';
import {
  type AllocationFailure,
  type AllocationRow,
  isPaid,
  type PaidAllocation,
  presentAllocation,
} from './allocation-events.ts';

interface Failing<Row extends AllocationRow> {
  /** Locked by the transaction, and `creating`. */
  readonly allocation: Row;
  readonly reason: AllocationFailure;
  readonly at: Date;
}

/** All or none: whatever was created for the order is deleted again, and that there is none is told. */
export async function failAllocation(
  tx: DeviceTransaction,
  { allocation, reason, at }: Failing<AllocationRow>,
): Promise<NewEvent[]> {
  if (!isPaid(allocation)) return [];
  const created = await lockDevices(tx, (devices) =>
    devices.where('order_id', '=', allocation.order_id),
  );
  return [
    ...(await releaseDevices(tx, created, at)),
    ...(await endAllocation(tx, { allocation, reason, at })),
  ];
}

/** The end of an allocation that holds no device. */
export async function endAllocation(
  tx: DeviceTransaction,
  { allocation, reason, at }: Failing<PaidAllocation>,
): Promise<NewEvent[]> {
  await tx
    .updateTable('allocations')
    .set({
      status: reason === 'order_ended' ? 'ended' : 'failed',
      user_name: null,
      user_email: null,
      tenant_id: null,
      updated_at: at,
    })
    .where('order_id', '=', allocation.order_id)
    .execute();
  return [
    { type: 'device.allocation_failed', data: presentAllocation(allocation, { reason, at }) },
  ];
}
