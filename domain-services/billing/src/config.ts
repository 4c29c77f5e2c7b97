import { readServiceConfig, type ServiceConfig } from '@cloudphone/domain-service';
import { readConfig } from '@cloudphone/runtime';
import * as z from 'zod';

export interface BillingConfig extends ServiceConfig {
  /** Amounts (minor units) that the simulated payment provider declines. */
  readonly declinedAmounts: readonly number[];
  /** Amounts about which it says nothing the first time. */
  readonly stalledAmounts: readonly number[];
  readonly allocationTimeoutMs: number;
}

const amounts = z
  .string()
  .regex(/^\d+(,\d+)*$/, 'amounts in minor units, separated by commas')
  .transform((text) => text.split(',').map(Number))
  .optional();

const ownVariables = {
  PAYMENTS_DECLINED_AMOUNTS: amounts,
  PAYMENTS_STALLED_AMOUNTS: amounts,
  ORDER_ALLOCATION_TIMEOUT_MS: z.coerce.number().int().min(100).max(3_600_000).default(60_000),
};

export function readBillingConfig(): BillingConfig {
  const own = readConfig(ownVariables, process.env);
  return {
    ...readServiceConfig(process.env),
    declinedAmounts: own.PAYMENTS_DECLINED_AMOUNTS ?? [],
    stalledAmounts: own.PAYMENTS_STALLED_AMOUNTS ?? [],
    allocationTimeoutMs: own.ORDER_ALLOCATION_TIMEOUT_MS,
  };
}
