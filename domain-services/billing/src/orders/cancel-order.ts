import { billingCalls, type Order } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound, stateConflict } from '@cloudphone/errors';
import { unchanged, type Written } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { BillingTables, BillingTransaction } from '../schema.ts';
import { endOrder } from './end-order.ts';
import { lockOrder } from './lock-order.ts';
import { presentOrder } from './present-order.ts';

/** Until it has its devices an order can be cancelled; cancelling again changes nothing. */
export function cancelOrderRoute({ writer, clock }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.cancelOrder, async ({ params }) => {
    const { result, eventIds } = await writer.write((tx) =>
      cancelOrder(tx, params.orderId, new Date(clock.now())),
    );
    return { body: result, eventIds };
  });
}

/** What the route does, in a transaction of the caller's. */
export async function cancelOrder(
  tx: BillingTransaction,
  orderId: string,
  at: Date,
): Promise<Written<Order>> {
  const order = await lockOrder(tx, orderId);
  if (order === undefined) throw notFound('order', orderId);
  if (await wasCancelled(tx, orderId)) return unchanged(presentOrder(order));
  if (order.status !== 'created' && order.status !== 'paid') {
    throw stateConflict('order', orderId, `It is ${order.status} and cannot be cancelled.`);
  }
  const ended = await endOrder(tx, order, { status: 'cancelled', at });
  return { result: presentOrder(ended.order), events: ended.events };
}

async function wasCancelled(tx: BillingTransaction, orderId: string): Promise<boolean> {
  const step = await tx
    .selectFrom('order_steps')
    .select('number')
    .where('order_id', '=', orderId)
    .where('status', '=', 'cancelled')
    .executeTakeFirst();
  return step !== undefined;
}
