import { pageQuery } from '@cloudphone/contracts';
import * as z from 'zod';
import { defineOwnView } from '../../define-own-view.ts';

/**
 * The plans, the cheapest first, the same for everyone; those that are retired are marked. It lives
 * on the billing service alone. Dropped by any change of a plan.
 */
export const plans = defineOwnView({
  name: 'plans',
  params: z.strictObject({ ...pageQuery }),
  scope: 'public',
  freshFor: '1m',
  servableFor: '1h',
  load: (query, { from, required }) => required('plans', () => from.billing.listPlans({ query })),
});
