import type { NewEvent } from '@cloudphone/contracts';
import { defineReaction, type Reaction } from '@cloudphone/event-log';
import type { DeviceTools, DeviceTransaction } from '../device-tools.ts';
import { lockDevices } from '../devices/lock-devices.ts';
import { releaseDevices } from '../devices/release-devices.ts';
import type { DeviceTables } from '../schema.ts';
import { failAllocation } from './fail-allocation.ts';

const ENDS = ['order.failed', 'order.refunded', 'order.cancelled'] as const;

/**
 * Undoes what was done for an order that has ended: a pending allocation is failed, devices that it
 * brought are released. An order that nothing is known of is remembered, so that news of its
 * payment, should it come later, allocates nothing.
 */
export function onOrderEnded({ clock }: Pick<DeviceTools, 'clock'>): Reaction<DeviceTables>[] {
  return ENDS.map((on) =>
    defineReaction<(typeof ENDS)[number], DeviceTables>({
      on,
      name: 'release-devices-of-order',
      run: ({ data: order }, tx) =>
        endOrder(tx, {
          orderId: order.id,
          quantity: order.quantity,
          at: new Date(clock.now()),
        }),
    }),
  );
}

async function endOrder(
  tx: DeviceTransaction,
  { orderId, quantity, at }: { orderId: string; quantity: number; at: Date },
): Promise<NewEvent[]> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('allocations')
    .values({ order_id: orderId, quantity, duration_days: 0, status: 'ended', updated_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows === 1n) return [];
  const allocation = await tx
    .selectFrom('allocations')
    .selectAll()
    .where('order_id', '=', orderId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (allocation.status === 'creating') {
    return failAllocation(tx, { allocation, reason: 'order_ended', at });
  }
  if (allocation.status !== 'allocated') return [];
  await tx
    .updateTable('allocations')
    .set({ status: 'ended', updated_at: at })
    .where('order_id', '=', orderId)
    .execute();
  const held = await lockDevices(tx, (devices) => devices.where('order_id', '=', orderId));
  return releaseDevices(tx, held, at);
}
