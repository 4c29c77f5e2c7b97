import type { EventBody } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import type { AllocationTable } from '../schema.ts';

export type AllocationRow = Selectable<AllocationTable>;
/** One whose order was paid for: it is known whose it is. */
export type PaidAllocation = AllocationRow & { readonly user_id: string };

/** Why an order gets no devices. */
export type AllocationFailure = NonNullable<EventBody<'device.allocation_failed'>['reason']>;

/** What others hear of an allocation. */
export function presentAllocation(
  allocation: Pick<PaidAllocation, 'order_id' | 'user_id' | 'quantity'>,
  how: {
    readonly deviceIds?: readonly string[];
    readonly reason?: AllocationFailure;
    readonly at: Date;
  },
): EventBody<'device.allocated'> {
  return {
    orderId: allocation.order_id,
    userId: allocation.user_id,
    quantity: allocation.quantity,
    deviceIds: [...(how.deviceIds ?? [])],
    reason: how.reason ?? null,
    at: how.at.toISOString(),
  };
}

export function isPaid(allocation: AllocationRow): allocation is PaidAllocation {
  return allocation.user_id !== null;
}
