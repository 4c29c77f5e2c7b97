import type { ServiceTools } from '@cloudphone/domain-service';
import { runForCause } from '@cloudphone/runtime';
import { runEach } from '../jobs/run-each.ts';
import type { BillingTables } from '../schema.ts';
import { askProvider } from './ask-provider.ts';
import type { Payments } from './create-payment.ts';
import type { PaymentRow } from './present-payment.ts';
import { settlePayment } from './settle-payment.ts';

const AT_A_TIME = 50;
const LONGEST_PAUSE_MS = 3_600_000;
const FIRST_PAUSE_MS = 30_000;

/**
 * Asks the provider again about payments that nobody knows the outcome of, under the reference they
 * were opened with, less and less often, at least hourly. Instances share the work: whoever takes a
 * payment puts its next turn off.
 */
export async function settleUndecidedPayments(
  tools: ServiceTools<BillingTables>,
  payments: Payments,
): Promise<void> {
  const at = new Date(tools.clock.now());
  const due = await tools.db
    .selectFrom('payments')
    .select(['id', 'asked'])
    .where('ask_again_at', '<=', at)
    .where('provider', '=', payments.provider.name)
    .orderBy('ask_again_at')
    .limit(AT_A_TIME)
    .execute();
  await runEach(tools, due, {
    what: 'a payment stays undecided',
    run: async (work) => {
      const payment = await takeTurn(tools, work);
      if (payment === undefined) return;
      await runForCause(payment.cause, () => askAgain(tools, payment, payments));
    },
  });
}

/** No answer shows when a payment is asked about, so nothing is published. */
async function takeTurn(
  { postgres, clock }: ServiceTools<BillingTables>,
  { id, asked }: Pick<PaymentRow, 'id' | 'asked'>,
): Promise<PaymentRow | undefined> {
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(asked, 10));
  return postgres.db
    .updateTable('payments')
    .set({ asked: asked + 1, ask_again_at: new Date(clock.now() + pauseMs) })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .where('asked', '=', asked)
    .returningAll()
    .executeTakeFirst();
}

async function askAgain(
  { writer, clock, logger }: ServiceTools<BillingTables>,
  payment: PaymentRow,
  { provider, timeoutMs }: Payments,
): Promise<void> {
  const onFailure = (err: unknown) =>
    logger.warn({ err, paymentId: payment.id }, 'a payment is still undecided');
  const outcome = await askProvider(payment, { provider, clock, timeoutMs, onFailure });
  if (outcome === undefined) return;
  await writer.write((tx) => settlePayment(tx, payment.id, { outcome, at: new Date(clock.now()) }));
}
