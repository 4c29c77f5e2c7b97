import { billingCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { BillingTables } from '../schema.ts';
import { askProvider } from './ask-provider.ts';
import { openPayment } from './open-payment.ts';
import type { PaymentProvider } from './payment-provider.ts';
import { type PaymentRow, presentPayment } from './present-payment.ts';
import { settlePayment } from './settle-payment.ts';

/** Who takes money, and for how long an answer is waited for. */
export interface Payments {
  readonly provider: PaymentProvider;
  readonly timeoutMs: number;
}

/**
 * Takes money and credits it. Written down, asked for, entered: each step can be repeated, so with an
 * `Idempotency-Key` a caller repeats after any failure and pays once. What stays undecided is asked
 * about again until it is decided.
 */
export function createPaymentRoute(
  tools: ServiceTools<BillingTables>,
  { provider, timeoutMs }: Payments,
): Route {
  const { writer, clock, logger } = tools;
  return answerCall(billingCalls.createPayment, async ({ params, body, idempotencyKey }) => {
    const at = new Date(clock.now());
    const opened = await writer.write((tx) =>
      openPayment(tx, { ...params, ...body, provider: provider.name, idempotencyKey, at }),
    );
    const payment = opened.result;
    if (payment.status !== 'pending') return answerOf(payment, opened.eventIds);
    const onFailure = (err: unknown) =>
      logger.warn({ err, paymentId: payment.id }, 'a payment is undecided');
    const outcome = await askProvider(payment, { provider, clock, timeoutMs, onFailure });
    if (outcome === undefined) return answerOf(payment, opened.eventIds);
    const settled = await writer.write((tx) =>
      settlePayment(tx, payment.id, { outcome, at: new Date(clock.now()) }),
    );
    return answerOf(settled.result, [...opened.eventIds, ...settled.eventIds]);
  });
}

function answerOf(payment: PaymentRow, eventIds: readonly string[]) {
  if (payment.status === 'declined') throw appError('payment_declined');
  return { body: presentPayment(payment), eventIds };
}
