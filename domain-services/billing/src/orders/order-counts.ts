import { billingCalls, type OrderStatus, orderStatusSchema, tags } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import { moneyOf } from '../currency.ts';
import type { BillingTables } from '../schema.ts';

const DAY_MS = 86_400_000;

/** Days are UTC days, today included; so the answer changes by itself at the next midnight. */
export function orderCountsRoute(tools: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.getOrderCounts, async () => {
    const nowMs = tools.clock.now();
    const todayMs = nowMs - (nowMs % DAY_MS);
    const [byStatus, revenue] = await Promise.all([
      countByStatus(tools),
      revenueSince(tools, todayMs),
    ]);
    const total = Object.values(byStatus).reduce((sum, count) => sum + count, 0);
    return {
      body: { total, byStatus, revenue },
      tags: [{ tag: tags.orders() }],
      changesAtMs: todayMs + DAY_MS,
    };
  });
}

async function countByStatus({ db }: ServiceTools<BillingTables>) {
  const rows = await db
    .selectFrom('orders')
    .select((of) => ['status', of.fn.countAll<number>().as('count')])
    .groupBy('status')
    .execute();
  const counts = new Map(rows.map(({ status, count }) => [status, count]));
  return Object.fromEntries(
    orderStatusSchema.options.map((status) => [status, counts.get(status) ?? 0]),
  ) as Record<OrderStatus, number>;
}

/** What was paid and not refunded, by the day it was paid on. */
async function revenueSince({ db }: ServiceTools<BillingTables>, todayMs: number) {
  const sumSince = (days: number) => {
    const since = new Date(todayMs - (days - 1) * DAY_MS);
    return sql<number>`coalesce(sum(orders.total) filter (where order_steps.at >= ${since}), 0)::bigint`;
  };
  const sums = await db
    .selectFrom('order_steps')
    .innerJoin('orders', 'orders.id', 'order_steps.order_id')
    .select([sumSince(1).as('today'), sumSince(7).as('week'), sumSince(30).as('month')])
    .where('order_steps.status', '=', 'paid')
    .where('order_steps.at', '>=', new Date(todayMs - 29 * DAY_MS))
    .where('orders.status', '<>', 'refunded')
    .executeTakeFirstOrThrow();
  return {
    today: moneyOf(sums.today),
    last7Days: moneyOf(sums.week),
    last30Days: moneyOf(sums.month),
  };
}
