import type { Payment } from '@cloudphone/contracts';
import { appError } from '@cloudphone/errors';
import { unchanged, type Written } from '@cloudphone/event-log';
import { currentCause, timeOrderedId } from '@cloudphone/runtime';
import type { BillingTransaction } from '../schema.ts';
import { type PaymentRow, presentPayment } from './present-payment.ts';

/** Longer than a caller waits: until then the one who opened it asks. */
const FIRST_ASK_AGAIN_MS = 30_000;

/**
 * A payment, written down before any money is asked for, so that whoever asks after a crash asks
 * with the same reference. A known key finds its payment; for another one it is refused.
 */
export async function openPayment(
  tx: BillingTransaction,
  payment: {
    readonly userId: string;
    readonly amount: number;
    readonly method: Payment['method'];
    readonly provider: string;
    readonly idempotencyKey: string | undefined;
    readonly at: Date;
  },
): Promise<Written<PaymentRow>> {
  const { userId, amount, method, provider, idempotencyKey = null, at } = payment;
  const opened = await tx
    .insertInto('payments')
    .values({
      id: timeOrderedId(at.getTime()),
      user_id: userId,
      amount,
      method,
      provider,
      status: 'pending',
      idempotency_key: idempotencyKey,
      balance_after: null,
      version_after: null,
      cause: currentCause(),
      created_at: at,
      settled_at: null,
      ask_again_at: new Date(at.getTime() + FIRST_ASK_AGAIN_MS),
    })
    .onConflict((conflict) => conflict.constraint('payments_once').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (opened !== undefined) {
    return {
      result: opened,
      events: [{ type: 'billing.payment_started', data: presentPayment(opened) }],
    };
  }
  const known = await tx
    .selectFrom('payments')
    .selectAll()
    .where('user_id', '=', userId)
    .where('idempotency_key', '=', idempotencyKey)
    .executeTakeFirstOrThrow();
  if (known.amount !== amount || known.method !== method) throw appError('idempotency_mismatch');
  return unchanged(known);
}
