import type { ServiceTools } from '@cloudphone/domain-service';
import { appError } from '@cloudphone/errors';
import type { Selectable } from '@cloudphone/postgres';
import { timeOrderedId } from '@cloudphone/runtime';
import type { BillingTables, PaymentTable } from '../schema.ts';

export type PaymentRow = Selectable<PaymentTable>;

/**
 * A payment, written down before any money is asked for, so that a repeat after a crash asks with
 * the same reference. A known key finds its payment; for another amount it is refused. No answer
 * shows a pending payment, so nothing is published.
 */
export async function openPayment(
  { postgres, clock }: ServiceTools<BillingTables>,
  payment: {
    readonly userId: string;
    readonly amount: number;
    readonly idempotencyKey: string | undefined;
  },
): Promise<PaymentRow> {
  const { userId, amount, idempotencyKey = null } = payment;
  const opened = await postgres.db
    .insertInto('payments')
    .values({
      id: timeOrderedId(clock.now()),
      user_id: userId,
      amount,
      status: 'pending',
      idempotency_key: idempotencyKey,
      balance_after: null,
      version_after: null,
      created_at: new Date(clock.now()),
      settled_at: null,
    })
    .onConflict((conflict) => conflict.constraint('payments_once').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (opened !== undefined) return opened;
  const known = await postgres.db
    .selectFrom('payments')
    .selectAll()
    .where('user_id', '=', userId)
    .where('idempotency_key', '=', idempotencyKey)
    .executeTakeFirstOrThrow();
  if (known.amount !== amount) throw appError('idempotency_mismatch');
  return known;
}
