import { billingCalls, type OrderStatus } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import type { BillingTables } from '../schema.ts';
import { presentOrder, readOfOrder } from './present-order.ts';

interface StoredStep {
  readonly status: OrderStatus;
  /** As PostgreSQL writes times in JSON. */
  readonly at: string;
}

/** With its timeline: the steps as they were appended, read in the same statement as the order. */
export function getOrderRoute({ db }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.getOrder, async ({ params }) => {
    const row = await db
      .selectFrom('orders')
      .selectAll()
      .select(
        sql<readonly StoredStep[]>`(
          select json_agg(json_build_object('status', step.status, 'at', step.at) order by step.number)
          from order_steps as step where step.order_id = orders.id
        )`.as('steps'),
      )
      .where('id', '=', params.orderId)
      .executeTakeFirst();
    if (row === undefined) throw notFound('order', params.orderId);
    const timeline = row.steps.map(({ status, at }) => ({
      status,
      at: new Date(at).toISOString(),
    }));
    return {
      body: { ...presentOrder(row), timeline },
      tags: [readOfOrder(row)],
      etagVersion: row.version,
    };
  });
}
