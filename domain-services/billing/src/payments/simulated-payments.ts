import { once } from 'node:events';
import type { PaymentProvider } from './payment-provider.ts';

/**
 * Simulated: no money moves. Takes every amount but those it was told to decline; about those it was
 * told to stall on it says nothing the first time that this process asks.
 */
export function createSimulatedPayments(
  options: {
    readonly declinedAmounts?: readonly number[];
    readonly stalledAmounts?: readonly number[];
  } = {},
): PaymentProvider {
  const declined = new Set(options.declinedAmounts);
  const stalled = new Set(options.stalledAmounts);
  const asked = new Set<string>();
  return {
    name: 'simulated',
    charge: async ({ reference, amount }, signal) => {
      if (stalled.has(amount.amount) && !asked.has(reference)) {
        asked.add(reference);
        if (!signal.aborted) await once(signal, 'abort');
        throw new Error(`nothing was heard of ${reference}`);
      }
      asked.delete(reference);
      return declined.has(amount.amount) ? 'declined' : 'taken';
    },
  };
}
