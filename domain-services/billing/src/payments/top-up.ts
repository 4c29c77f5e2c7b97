import { billingCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError, upstreamUnavailable } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import { moneyOf } from '../currency.ts';
import type { BillingTables } from '../schema.ts';
import { openPayment, type PaymentRow } from './open-payment.ts';
import type { PaymentProvider } from './payment-provider.ts';
import { balanceTold, settlePayment } from './settle-payment.ts';

/**
 * Takes money and credits it. Written down, charged, entered: each step can be repeated, so with an
 * `Idempotency-Key` a caller repeats after any failure and pays once.
 */
export function topUpRoute(tools: ServiceTools<BillingTables>, payments: PaymentProvider): Route {
  return answerCall(billingCalls.topUp, async ({ params, body, idempotencyKey }) => {
    const payment = await openPayment(tools, {
      userId: params.userId,
      amount: body.amount,
      idempotencyKey,
    });
    if (payment.status === 'succeeded') return { body: balanceTold(payment) };
    if (payment.status === 'declined' || (await charge(payments, payment)) === 'declined') {
      await rememberDecline(tools, payment);
      throw appError('payment_declined');
    }
    const at = new Date(tools.clock.now());
    const { result, eventIds } = await tools.writer.write((tx) =>
      settlePayment(tx, payment.id, { provider: payments.name, at }),
    );
    return { body: result, eventIds };
  });
}

async function charge(payments: PaymentProvider, payment: PaymentRow) {
  try {
    return await payments.charge({
      reference: payment.id,
      userId: payment.user_id,
      amount: moneyOf(payment.amount),
    });
  } catch (cause) {
    throw upstreamUnavailable('payment provider', `payment ${payment.id} is undecided`, { cause });
  }
}

/** No answer lists payments, so nothing is published. */
async function rememberDecline(
  { postgres, clock }: ServiceTools<BillingTables>,
  payment: PaymentRow,
): Promise<void> {
  await postgres.db
    .updateTable('payments')
    .set({ status: 'declined', settled_at: new Date(clock.now()) })
    .where('id', '=', payment.id)
    .where('status', '=', 'pending')
    .execute();
}
