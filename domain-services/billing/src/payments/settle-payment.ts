import { unchanged, type Written } from '@cloudphone/event-log';
import { moneyOf } from '../currency.ts';
import { movePersonsMoney } from '../ledger/move-persons-money.ts';
import { providerAccount } from '../ledger/post-transaction.ts';
import type { BillingTransaction } from '../schema.ts';
import type { PaymentRow } from './present-payment.ts';

/**
 * Enters what the provider said, once: the payment's row decides between simultaneous callers, and
 * what was decided first stays.
 */
export async function settlePayment(
  tx: BillingTransaction,
  paymentId: string,
  { outcome, at }: { readonly outcome: 'taken' | 'declined'; readonly at: Date },
): Promise<Written<PaymentRow>> {
  const payment = await tx
    .selectFrom('payments')
    .selectAll()
    .where('id', '=', paymentId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (payment.status !== 'pending') return unchanged(payment);
  return outcome === 'taken' ? enter(tx, payment, at) : decline(tx, payment, at);
}

async function enter(
  tx: BillingTransaction,
  payment: PaymentRow,
  at: Date,
): Promise<Written<PaymentRow>> {
  const { id, user_id: userId, amount, method, provider } = payment;
  const balance = await movePersonsMoney(tx, {
    kind: 'top_up',
    aboutId: id,
    userId,
    other: providerAccount(provider),
    amount,
    at,
  });
  const result = await update(tx, id, {
    status: 'succeeded',
    balance_after: balance.amount,
    version_after: balance.version,
    settled_at: at,
  });
  const data = {
    userId,
    balance: moneyOf(balance.amount),
    version: balance.version,
    paymentId: id,
    paid: moneyOf(amount),
    method,
    at: at.toISOString(),
  };
  return { result, events: [{ type: 'billing.payment_success', data }] };
}

async function decline(
  tx: BillingTransaction,
  payment: PaymentRow,
  at: Date,
): Promise<Written<PaymentRow>> {
  const result = await update(tx, payment.id, { status: 'declined', settled_at: at });
  const data = {
    userId: payment.user_id,
    paymentId: payment.id,
    orderId: null,
    amount: moneyOf(payment.amount),
    reason: 'declined' as const,
    at: at.toISOString(),
  };
  return { result, events: [{ type: 'billing.payment_failed', data }] };
}

function update(
  tx: BillingTransaction,
  paymentId: string,
  settled: Pick<PaymentRow, 'status' | 'settled_at'> & Partial<PaymentRow>,
): Promise<PaymentRow> {
  return tx
    .updateTable('payments')
    .set({ ...settled, ask_again_at: null })
    .where('id', '=', paymentId)
    .returningAll()
    .executeTakeFirstOrThrow();
}
