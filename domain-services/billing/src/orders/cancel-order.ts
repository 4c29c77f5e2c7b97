import { billingCalls, type Order } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound, stateConflict } from '@cloudphone/errors';
import { unchanged, type Written } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { BillingTables, BillingTransaction } from '../schema.ts';
import { appendStep } from './append-step.ts';
import { presentOrder } from './present-order.ts';

/** Only what is not paid for can be cancelled; cancelling again changes nothing. */
export function cancelOrderRoute({ writer, clock }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.cancelOrder, async ({ params }) => {
    const { result, eventIds } = await writer.write((tx) =>
      cancelOrder(tx, params.orderId, new Date(clock.now())),
    );
    return { body: result, eventIds };
  });
}

async function cancelOrder(
  tx: BillingTransaction,
  orderId: string,
  at: Date,
): Promise<Written<Order>> {
  const order = await tx
    .selectFrom('orders')
    .selectAll()
    .where('id', '=', orderId)
    .forUpdate()
    .executeTakeFirst();
  if (order === undefined) throw notFound('order', orderId);
  if (order.status === 'cancelled') return unchanged(presentOrder(order));
  if (order.status !== 'created') {
    throw stateConflict('order', orderId, `It is ${order.status} and cannot be cancelled.`);
  }
  const result = presentOrder(await appendStep(tx, order, { status: 'cancelled', at }));
  return { result, events: [{ type: 'order.cancelled', data: result }] };
}
