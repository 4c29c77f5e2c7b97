import { billingCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { BillingTables } from '../schema.ts';
import { presentOrder, readOfOrder } from './present-order.ts';

/** With its timeline: the steps as they were appended. */
export function getOrderRoute({ db }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.getOrder, async ({ params }) => {
    const row = await db
      .selectFrom('orders')
      .selectAll()
      .where('id', '=', params.orderId)
      .executeTakeFirst();
    if (row === undefined) throw notFound('order', params.orderId);
    const steps = await db
      .selectFrom('order_steps')
      .select(['status', 'at'])
      .where('order_id', '=', row.id)
      .orderBy('number')
      .execute();
    const timeline = steps.map(({ status, at }) => ({ status, at: at.toISOString() }));
    return {
      body: { ...presentOrder(row), timeline },
      tags: [readOfOrder(row)],
      etagVersion: row.version,
    };
  });
}
