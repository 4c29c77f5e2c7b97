import { billingCalls, tags } from '@cloudphone/contracts';
import { newestPage, type ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import type { BillingTables } from '../schema.ts';
import { presentRefund } from './present-refund.ts';

/** The newest first, of every order or of one. */
export function listRefundsRoute({ db }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.listRefunds, async ({ query }) => {
    const { status, orderId } = query;
    let wanted = db.selectFrom('refunds').selectAll();
    if (status !== undefined) wanted = wanted.where('status', '=', status);
    if (orderId !== undefined) wanted = wanted.where('order_id', '=', orderId);
    const { items, nextCursor } = await newestPage(wanted, query, {
      order: '-requestedAt',
      at: 'requested_at',
      id: 'id',
    });
    const page = { items: items.map(presentRefund), nextCursor };
    return {
      body: page,
      tags: [{ tag: orderId === undefined ? tags.refunds() : tags.refundOf(orderId) }],
    };
  });
}
