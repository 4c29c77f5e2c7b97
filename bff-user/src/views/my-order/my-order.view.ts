import { idSchema } from '@cloudphone/contracts';
import { notFound } from '@cloudphone/errors';
import * as z from 'zod';
import { defineOwnView } from '../../define-own-view.ts';

/**
 * One of my orders with its timeline; somebody else's does not exist here. It lives on the billing
 * service alone. Dropped by a change of the order.
 */
export const myOrder = defineOwnView({
  name: 'my-order',
  params: z.strictObject({ orderId: idSchema }),
  scope: 'subject',
  freshFor: '30s',
  servableFor: '10m',
  async load({ orderId }, { from, scope, required }) {
    const order = await required('order', () => from.billing.getOrder({ params: { orderId } }));
    if (order.userId !== scope.subject) throw notFound('order', orderId);
    return order;
  },
});
