import type { NewEvent, OrderFailure } from '@cloudphone/contracts';
import { movePersonsMoney } from '../ledger/move-persons-money.ts';
import { REVENUE_ACCOUNT } from '../ledger/post-transaction.ts';
import type { BillingTransaction } from '../schema.ts';
import { appendStep } from './append-step.ts';
import { type OrderRow, presentOrder } from './present-order.ts';

/** How a purchase ends without devices. */
export type OrderEnd =
  | { readonly status: 'failed'; readonly failure: OrderFailure; readonly at: Date }
  | { readonly status: 'cancelled'; readonly at: Date };

interface Ended {
  readonly order: OrderRow;
  readonly events: readonly [NewEvent, ...NewEvent[]];
}

/**
 * Ends a locked order that has no devices, and compensates in the same transaction: what was paid
 * goes back. It is followed no further.
 */
export async function endOrder(
  tx: BillingTransaction,
  order: OrderRow,
  end: OrderEnd,
): Promise<Ended> {
  const { status, at } = end;
  await tx.deleteFrom('purchase_work').where('order_id', '=', order.id).execute();
  const also = end.status === 'failed' ? { failure: end.failure } : {};
  const ended = await appendStep(tx, order, { status, at, also });
  const told: NewEvent = { type: `order.${status}`, data: presentOrder(ended) };
  if (order.status !== 'paid') return { order: ended, events: [told] };
  const refunded = await returnMoney(tx, ended, at);
  return { order: refunded.order, events: [told, ...refunded.events] };
}

/** Gives back what was paid for a locked order, which becomes `refunded`. */
export async function returnMoney(
  tx: BillingTransaction,
  order: OrderRow,
  at: Date,
): Promise<Ended> {
  const refunded = await appendStep(tx, order, {
    status: 'refunded',
    at,
    also: { next_notice_at: null },
  });
  const { events } = await movePersonsMoney(tx, {
    kind: 'refund',
    aboutId: order.id,
    userId: order.user_id,
    other: REVENUE_ACCOUNT,
    charge: { kind: 'refund', aboutId: order.id },
    amount: order.total,
    at,
  });
  const told: NewEvent = { type: 'order.refunded', data: presentOrder(refunded) };
  return { order: refunded, events: [told, ...events] };
}
