import { billingCalls, type Refund } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { invalidInput, stateConflict } from '@cloudphone/errors';
import type { Written } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import { timeOrderedId } from '@cloudphone/runtime';
import { lockOrder } from '../orders/lock-order.ts';
import type { BillingTables, BillingTransaction } from '../schema.ts';
import { presentRefund } from './present-refund.ts';

/** Asks for the price of a fulfilled order back. Somebody else decides. */
export function requestRefundRoute({ writer, clock }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.requestRefund, async ({ body, identity }) => {
    const request = { ...body, requestedBy: identity.userId, at: new Date(clock.now()) };
    const { result, eventIds } = await writer.write((tx) => requestRefund(tx, request));
    return { body: result, eventIds };
  });
}

async function requestRefund(
  tx: BillingTransaction,
  request: {
    readonly orderId: string;
    readonly reason: string;
    readonly requestedBy: string;
    readonly at: Date;
  },
): Promise<Written<Refund>> {
  const { orderId, reason, requestedBy, at } = request;
  const order = await lockOrder(tx, orderId);
  if (order === undefined) throw invalidInput([{ path: 'body.orderId', message: 'no such order' }]);
  if (order.status !== 'fulfilled') {
    throw stateConflict(
      'order',
      orderId,
      `It is ${order.status}; only fulfilled ones are refunded.`,
    );
  }
  const waiting = await tx
    .selectFrom('refunds')
    .select('id')
    .where('order_id', '=', orderId)
    .where('status', '=', 'requested')
    .executeTakeFirst();
  if (waiting !== undefined) {
    throw stateConflict('order', orderId, 'A refund of it waits for a decision already.');
  }
  const refund = await tx
    .insertInto('refunds')
    .values({
      id: timeOrderedId(at.getTime()),
      order_id: orderId,
      user_id: order.user_id,
      plan_name: order.plan_name,
      amount: order.total,
      reason,
      status: 'requested',
      requested_by: requestedBy,
      requested_at: at,
      decided_by: null,
      decided_at: null,
      version: 1,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  const result = presentRefund(refund);
  return { result, events: [{ type: 'order.refund_requested', data: result }] };
}
