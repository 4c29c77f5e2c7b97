import type { NewEvent } from '@cloudphone/contracts';
import { defineReaction } from '@cloudphone/event-log';
import type { BillingTables, BillingTransaction } from '../schema.ts';
import { nextNoticeAt } from '../subscriptions/notice-times.ts';
import { appendStep } from './append-step.ts';
import { endOrder } from './end-order.ts';
import { lockOrder } from './lock-order.ts';
import { type OrderRow, presentOrder } from './present-order.ts';

const DAY_MS = 86_400_000;

/**
 * The devices of a paid order: it is fulfilled, and what it rents begins. An order that has ended
 * meanwhile stays ended; whoever allocated hears of that end and takes the devices back.
 */
export const onDevicesAllocated = defineReaction<'device.allocated', BillingTables>({
  on: 'device.allocated',
  name: 'fulfil-order',
  run: async ({ data: { orderId, deviceIds }, envelope }, tx) => {
    const order = await lockOrder(tx, orderId);
    if (order?.status !== 'paid') return [];
    const at = new Date(envelope.time);
    if (deviceIds.length !== order.quantity) {
      return (await endOrder(tx, order, { status: 'failed', failure: 'provider_error', at }))
        .events;
    }
    return fulfil(tx, order, { deviceIds, at });
  },
});

/** No devices: the money goes back. */
export const onAllocationFailed = defineReaction<'device.allocation_failed', BillingTables>({
  on: 'device.allocation_failed',
  name: 'compensate-order',
  run: async ({ data, envelope }, tx) => {
    const order = await lockOrder(tx, data.orderId);
    if (order?.status !== 'paid') return [];
    const failure = data.reason ?? 'provider_error';
    const at = new Date(envelope.time);
    return (await endOrder(tx, order, { status: 'failed', failure, at })).events;
  },
});

async function fulfil(
  tx: BillingTransaction,
  order: OrderRow,
  given: { readonly deviceIds: readonly string[]; readonly at: Date },
): Promise<NewEvent[]> {
  const { deviceIds, at } = given;
  const expiresAt = new Date(at.getTime() + order.duration_days * DAY_MS);
  await tx.deleteFrom('purchase_work').where('order_id', '=', order.id).execute();
  const fulfilled = await appendStep(tx, order, {
    status: 'fulfilled',
    at,
    also: {
      device_id: deviceIds[0] ?? null,
      device_ids: [...deviceIds],
      expires_at: expiresAt,
      next_notice_at: nextNoticeAt(expiresAt, at),
    },
  });
  return [{ type: 'order.fulfilled', data: presentOrder(fulfilled) }];
}
