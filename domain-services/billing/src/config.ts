import { readServiceConfig, type ServiceConfig } from '@cloudphone/domain-service';
import { readConfig } from '@cloudphone/runtime';
import * as z from 'zod';

export interface BillingConfig extends ServiceConfig {
  /** Amounts (minor units) that the simulated payment provider declines. */
  readonly declinedAmounts: readonly number[];
}

const ownVariables = {
  PAYMENTS_DECLINED_AMOUNTS: z
    .string()
    .regex(/^\d+(,\d+)*$/, 'amounts in minor units, separated by commas')
    .transform((text) => text.split(',').map(Number))
    .optional(),
};

export function readBillingConfig(): BillingConfig {
  const { PAYMENTS_DECLINED_AMOUNTS: declinedAmounts = [] } = readConfig(ownVariables, process.env);
  return { ...readServiceConfig(process.env), declinedAmounts };
}
