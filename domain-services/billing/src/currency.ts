import type { Money } from '@cloudphone/contracts';

/** The platform bills in one currency. */
const CURRENCY = 'CNY';

export function moneyOf(amount: number): Money {
  return { amount, currency: CURRENCY };
}
