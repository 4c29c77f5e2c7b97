import { demoId } from '@cloudphone/domain-service';

export interface DemoPlan {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly price: number;
  readonly durationDays: number;
  readonly isRetired: boolean;
}

const plan = (
  code: string,
  name: string,
  terms: { readonly price: number; readonly durationDays: number; readonly isRetired?: boolean },
): DemoPlan => ({ id: demoId(`plan/${code}`), code, name, isRetired: false, ...terms });

/** The four on sale, then one that no longer is. */
export const DEMO_PLANS = [
  plan('mini-month', 'Mini, one month', { price: 2_900, durationDays: 30 }),
  plan('standard-month', 'Standard, one month', { price: 4_900, durationDays: 30 }),
  plan('pro-month', 'Pro, one month', { price: 8_900, durationDays: 30 }),
  plan('standard-year', 'Standard, one year', { price: 49_900, durationDays: 365 }),
  plan('trial-week', 'Trial week', { price: 900, durationDays: 7, isRetired: true }),
] as const;
