import { orderStatusSchema, pageQuery } from '@cloudphone/contracts';
import * as z from 'zod';
import { defineOwnView } from '../../define-own-view.ts';

/**
 * My orders, newest first. It is the billing service's page as it stands and lives on it alone.
 * Dropped by a change of one of my orders.
 */
export const myOrders = defineOwnView({
  name: 'my-orders',
  params: z.strictObject({ ...pageQuery, status: orderStatusSchema.optional() }),
  scope: 'subject',
  freshFor: '30s',
  servableFor: '10m',
  load: (query, { from, scope, required }) =>
    required('orders', () =>
      from.billing.listOrders({ query: { ...query, userId: scope.subject } }),
    ),
});
