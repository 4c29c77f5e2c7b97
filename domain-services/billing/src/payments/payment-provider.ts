import type { Money, Payment } from '@cloudphone/contracts';

/** Whoever takes people's money. */
export interface PaymentProvider {
  /** Names its account in the ledger: `provider:<name>`. */
  readonly name: string;
  /**
   * Takes the money once for a reference, however often it is asked, and then always says the same.
   * Rejects when it cannot be known whether the money was taken; asking again finds out. `signal`
   * aborts when nobody waits for the answer any more.
   */
  charge(
    charge: {
      readonly reference: string;
      readonly userId: string;
      readonly amount: Money;
      readonly method: Payment['method'];
    },
    signal: AbortSignal,
  ): Promise<'taken' | 'declined'>;
}
