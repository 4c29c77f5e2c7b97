import { billingCalls, tags } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import { moneyOf } from '../currency.ts';
import type { BillingTables } from '../schema.ts';
import { type ReportSpan, reportSpan } from './report-periods.ts';

interface Sums {
  readonly orders: number;
  readonly sales: number;
  readonly usage: number;
  readonly refunds: number;
}

const NOTHING: Sums = { orders: 0, sales: 0, usage: 0, refunds: 0 };

/** What came in and what went back, by the moment at which it was entered. */
export function revenueReportRoute(tools: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.getRevenueReport, async ({ query }) => {
    const span = reportSpan(query, tools.clock.now());
    const sums = await sumsOf(tools, span);
    const series = span.periods.map((period, index) => ({
      ...period,
      ...present(sums.get(index) ?? NOTHING),
    }));
    return {
      body: {
        from: span.from,
        to: span.to,
        groupBy: query.groupBy,
        total: present([...sums.values()].reduce(add, NOTHING)),
        series,
      },
      tags: [{ tag: tags.orders() }, { tag: tags.usage() }],
      ...(span.movesAtMs === undefined ? {} : { changesAtMs: span.movesAtMs }),
    };
  });
}

/** By the number of the period, from 0; periods without any are left out. */
async function sumsOf(
  { postgres }: ServiceTools<BillingTables>,
  { periods, from, to }: ReportSpan,
): Promise<Map<number, Sums>> {
  const starts = periods.map((period) => `${period.from}T00:00:00Z`);
  const { rows } = await sql<Sums & { period: number }>`
    select width_bucket(at, ${starts}::timestamptz[]) - 1 as period,
      count(*) filter (where kind = 'order')::integer as orders,
      coalesce(sum(amount) filter (where kind = 'order'), 0)::bigint as sales,
      coalesce(sum(amount) filter (where kind = 'usage'), 0)::bigint as usage,
      coalesce(-sum(amount) filter (where kind = 'refund'), 0)::bigint as refunds
    from charges
    where at >= ${from}::date::timestamp at time zone 'UTC'
      and at < ${to}::date::timestamp at time zone 'UTC'
    group by period`.execute(postgres.db);
  return new Map(rows.map(({ period, ...sums }) => [period, sums]));
}

function add(one: Sums, other: Sums): Sums {
  return {
    orders: one.orders + other.orders,
    sales: one.sales + other.sales,
    usage: one.usage + other.usage,
    refunds: one.refunds + other.refunds,
  };
}

function present({ orders, sales, usage, refunds }: Sums) {
  return {
    orders,
    sales: moneyOf(sales),
    usage: moneyOf(usage),
    refunds: moneyOf(refunds),
    net: moneyOf(sales + usage - refunds),
  };
}
