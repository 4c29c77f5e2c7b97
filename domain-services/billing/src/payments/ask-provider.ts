import type { Clock } from '@cloudphone/runtime';
import { moneyOf } from '../currency.ts';
import type { PaymentProvider } from './payment-provider.ts';
import type { PaymentRow } from './present-payment.ts';

/**
 * What the provider says of a payment; undefined when it says nothing in time, or fails: then nobody
 * knows whether the money was taken.
 */
export async function askProvider(
  payment: PaymentRow,
  options: {
    readonly provider: PaymentProvider;
    readonly clock: Clock;
    readonly timeoutMs: number;
    readonly onFailure: (err: unknown) => void;
  },
): Promise<'taken' | 'declined' | undefined> {
  const { provider, clock, timeoutMs, onFailure } = options;
  const giveUp = new AbortController();
  const timedOut = new Promise<undefined>((resolve) => {
    giveUp.signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const cancel = clock.after(timeoutMs, () => giveUp.abort());
  const charge = {
    reference: payment.id,
    userId: payment.user_id,
    amount: moneyOf(payment.amount),
    method: payment.method,
  };
  try {
    const answer = provider.charge(charge, giveUp.signal).catch((err: unknown) => {
      onFailure(err);
      return undefined;
    });
    return await Promise.race([answer, timedOut]);
  } finally {
    cancel();
  }
}
