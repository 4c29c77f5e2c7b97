import { billingCalls, tags } from '@cloudphone/contracts';
import { newestPage, type ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import type { BillingTables } from '../schema.ts';
import { presentPayment } from './present-payment.ts';

/** What a person paid in, or tried to: the newest first. */
export function listPaymentsRoute({ db }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.listPayments, async ({ params, query }) => {
    const wanted = db.selectFrom('payments').selectAll().where('user_id', '=', params.userId);
    const { items, nextCursor } = await newestPage(wanted, query, {
      order: '-createdAt',
      at: 'created_at',
      id: 'id',
    });
    const page = { items: items.map(presentPayment), nextCursor };
    return { body: page, tags: [{ tag: tags.paymentsOf(params.userId) }] };
  });
}
