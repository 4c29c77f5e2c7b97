import type { PaymentProvider } from './payment-provider.ts';

/** Simulated: no money moves. Takes every amount but the ones it was told to decline. */
export function createSimulatedPayments(
  options: { readonly declinedAmounts?: readonly number[] } = {},
): PaymentProvider {
  const declined = new Set(options.declinedAmounts);
  return {
    name: 'simulated',
    charge: async ({ amount }) => (declined.has(amount.amount) ? 'declined' : 'taken'),
  };
}
