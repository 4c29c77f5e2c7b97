import type { Balance } from '@cloudphone/contracts';
import { unchanged, type Written } from '@cloudphone/event-log';
import { moneyOf } from '../currency.ts';
import { creditPerson } from '../ledger/credit-person.ts';
import { providerAccount } from '../ledger/post-transaction.ts';
import type { BillingTransaction } from '../schema.ts';
import type { PaymentRow } from './open-payment.ts';

/** Enters money that was taken, once: the payment's row decides between simultaneous callers. */
export async function settlePayment(
  tx: BillingTransaction,
  paymentId: string,
  options: { readonly provider: string; readonly at: Date },
): Promise<Written<Balance>> {
  const { provider, at } = options;
  const payment = await tx
    .selectFrom('payments')
    .selectAll()
    .where('id', '=', paymentId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (payment.status === 'succeeded') return unchanged(balanceTold(payment));
  const balance = await creditPerson(tx, {
    kind: 'top_up',
    aboutId: payment.id,
    userId: payment.user_id,
    from: providerAccount(provider),
    amount: payment.amount,
    at,
  });
  const settled = await tx
    .updateTable('payments')
    .set({
      status: 'succeeded',
      balance_after: balance.amount,
      version_after: balance.version,
      settled_at: at,
    })
    .where('id', '=', payment.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const result = balanceTold(settled);
  const data = {
    ...result,
    paymentId: payment.id,
    paid: moneyOf(payment.amount),
    at: at.toISOString(),
  };
  return { result, events: [{ type: 'billing.payment_success', data }] };
}

/** The balance as it was right after the payment: a repeat is told the same. */
export function balanceTold(payment: PaymentRow): Balance {
  const { user_id, balance_after, version_after } = payment;
  if (balance_after === null || version_after === null) {
    throw new Error(`payment ${payment.id} is ${payment.status} and has no balance to tell`);
  }
  return { userId: user_id, balance: moneyOf(balance_after), version: version_after };
}
