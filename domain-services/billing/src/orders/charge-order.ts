import type { NewEvent } from '@cloudphone/contracts';
import { moneyOf } from '../currency.ts';
import { lockBalance, movePersonsMoney } from '../ledger/move-persons-money.ts';
import { REVENUE_ACCOUNT } from '../ledger/post-transaction.ts';
import type { BillingTransaction } from '../schema.ts';
import { appendStep } from './append-step.ts';
import { endOrder } from './end-order.ts';
import { type OrderRow, presentOrder } from './present-order.ts';

interface Charged {
  readonly order: OrderRow;
  readonly events: readonly [NewEvent, ...NewEvent[]];
}

/**
 * Takes a locked order's price from its person's balance. Then its devices are waited for, until
 * the time-out; a balance that does not cover the price fails the order.
 */
export async function chargeOrder(
  tx: BillingTransaction,
  order: OrderRow,
  options: { readonly at: Date; readonly allocationTimeoutMs: number },
): Promise<Charged> {
  const { at, allocationTimeoutMs } = options;
  const { id, user_id: userId, total } = order;
  if (total > (await lockBalance(tx, userId))) {
    const failed = await endOrder(tx, order, { status: 'failed', failure: 'balance_too_low', at });
    const [told, ...others] = failed.events;
    return { order: failed.order, events: [told, ...others, refusal(order, at)] };
  }
  const paid = await appendStep(tx, order, { status: 'paid', at });
  const { events } = await movePersonsMoney(tx, {
    kind: 'order_payment',
    aboutId: id,
    userId,
    other: REVENUE_ACCOUNT,
    charge: { kind: 'order', aboutId: id },
    amount: -total,
    at,
  });
  await tx
    .updateTable('purchase_work')
    .set({ due_at: new Date(at.getTime() + allocationTimeoutMs) })
    .where('order_id', '=', id)
    .execute();
  const data = { ...presentOrder(paid), durationDays: order.duration_days };
  return { order: paid, events: [{ type: 'order.paid', data }, ...events] };
}

function refusal(order: OrderRow, at: Date): NewEvent {
  const data = {
    userId: order.user_id,
    paymentId: null,
    orderId: order.id,
    amount: moneyOf(order.total),
    reason: 'balance_too_low' as const,
    at: at.toISOString(),
  };
  return { type: 'billing.payment_failed', data };
}
