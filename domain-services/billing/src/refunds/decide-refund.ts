import { billingCalls, type Refund } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError, notFound, stateConflict } from '@cloudphone/errors';
import { unchanged, type Written } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import { returnMoney } from '../orders/end-order.ts';
import { lockOrder } from '../orders/lock-order.ts';
import type { BillingTables, BillingTransaction } from '../schema.ts';
import { presentRefund, type RefundRow } from './present-refund.ts';

interface Decision {
  readonly refundId: string;
  readonly status: 'approved' | 'rejected';
  readonly decidedBy: string;
  readonly at: Date;
}

/** Gives the money back; whoever holds devices for the order hears `order.refunded`. */
export function approveRefundRoute(tools: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.approveRefund, ({ params, identity }) =>
    decide(tools, { ...params, status: 'approved', decidedBy: identity.userId }),
  );
}

export function rejectRefundRoute(tools: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.rejectRefund, ({ params, identity }) =>
    decide(tools, { ...params, status: 'rejected', decidedBy: identity.userId }),
  );
}

async function decide(
  { writer, clock }: ServiceTools<BillingTables>,
  decision: Omit<Decision, 'at'>,
) {
  const { result, eventIds } = await writer.write((tx) =>
    decideRefund(tx, { ...decision, at: new Date(clock.now()) }),
  );
  return { body: result, eventIds };
}

/** Once: the same decision again changes nothing, the other one is refused. */
async function decideRefund(tx: BillingTransaction, decision: Decision): Promise<Written<Refund>> {
  const { refundId, status, decidedBy, at } = decision;
  const refund = await tx
    .selectFrom('refunds')
    .selectAll()
    .where('id', '=', refundId)
    .forUpdate()
    .executeTakeFirst();
  if (refund === undefined) throw notFound('refund', refundId);
  if (refund.requested_by === decidedBy) {
    throw appError('second_person_needed', { privateDetail: `${decidedBy} asked for ${refundId}` });
  }
  if (refund.status === status) return unchanged(presentRefund(refund));
  if (refund.status !== 'requested') {
    throw stateConflict('refund', refundId, `It is ${refund.status} already.`);
  }
  const decided = await tx
    .updateTable('refunds')
    .set({ status, decided_by: decidedBy, decided_at: at, version: refund.version + 1 })
    .where('id', '=', refundId)
    .returningAll()
    .executeTakeFirstOrThrow();
  const result = presentRefund(decided);
  if (status === 'rejected') {
    return { result, events: [{ type: 'order.refund_rejected', data: result }] };
  }
  const events = await refundOrder(tx, refund, at);
  return { result, events: [{ type: 'order.refund_approved', data: result }, ...events] };
}

async function refundOrder(tx: BillingTransaction, refund: RefundRow, at: Date) {
  const order = await lockOrder(tx, refund.order_id);
  if (order?.status !== 'fulfilled') {
    throw stateConflict('order', refund.order_id, `It is ${order?.status ?? 'gone'} by now.`);
  }
  return (await returnMoney(tx, order, at)).events;
}
