import type { EventBody, NewEvent } from '@cloudphone/contracts';
import { defineReaction, type Reaction } from '@cloudphone/event-log';
import { namedId } from '@cloudphone/runtime';
import type { DeviceTools, DeviceTransaction } from '../device-tools.ts';
import { newDevice } from '../devices/create-device.ts';
import { presentDevice } from '../devices/present-device.ts';
import { copyOfPerson } from '../people/known-person.ts';
import { takePlaces } from '../pool/places.ts';
import type { DeviceTables } from '../schema.ts';
import { presentAllocation } from './allocation-events.ts';
import { endAllocation } from './fail-allocation.ts';

const MODEL = { model: 'CP Standard', androidVersion: '13' } as const;

/**
 * Begins an order's allocation: places for all of its devices, or for none. The devices, which
 * nobody has yet, are work for the provider from here on. An order that is known, because it was
 * paid for before or because it has ended, changes nothing.
 */
export function onOrderPaid(
  tools: Pick<DeviceTools, 'clock' | 'settings'>,
): Reaction<DeviceTables> {
  return defineReaction<'order.paid', DeviceTables>({
    on: 'order.paid',
    name: 'allocate-devices',
    run: async ({ data: order }, tx) => {
      const at = new Date(tools.clock.now());
      const person = await copyOfPerson(tx, {
        id: order.userId,
        name: order.userName,
        email: order.userEmail,
        tenant_id: order.tenantId,
        version: 0,
      });
      const allocation = await tx
        .insertInto('allocations')
        .values({
          order_id: order.id,
          user_id: order.userId,
          user_name: order.userName,
          user_email: order.userEmail,
          tenant_id: order.tenantId,
          quantity: order.quantity,
          duration_days: order.durationDays,
          status: 'creating',
          updated_at: at,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returningAll()
        .executeTakeFirst();
      if (allocation === undefined) return [];
      const paid = { ...allocation, user_id: order.userId };
      const requested = presentAllocation(paid, { at });
      const begun = person.is_deleted
        ? await endAllocation(tx, { allocation: paid, reason: 'order_ended', at })
        : ((await beginDevices(tx, tools, { order, at })) ??
          (await endAllocation(tx, { allocation: paid, reason: 'no_capacity', at })));
      return [{ type: 'device.allocate_requested', data: requested }, ...begun];
    },
  });
}

/** Undefined when there is no room for all of them; then nothing was written. */
async function beginDevices(
  tx: DeviceTransaction,
  tools: Pick<DeviceTools, 'clock' | 'settings'>,
  { order, at }: { readonly order: EventBody<'order.paid'>; readonly at: Date },
): Promise<NewEvent[] | undefined> {
  const places = await takePlaces(tx, tools, { count: order.quantity });
  if (places === undefined) return undefined;
  const rows = await tx
    .insertInto('devices')
    .values(
      places.nodeNames.map((nodeName, index) =>
        newDevice({
          ...MODEL,
          // The same device for the same order, whoever creates it and however often.
          id: namedId(order.id, `device/${index + 1}`),
          name: `phone-${order.id.slice(-8)}-${index + 1}`,
          nodeName,
          orderId: order.id,
          at,
        }),
      ),
    )
    .returningAll()
    .execute();
  return [
    ...rows.map((row): NewEvent => ({ type: 'device.status_changed', data: presentDevice(row) })),
    ...places.events,
  ];
}
