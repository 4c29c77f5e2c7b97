import { billingCalls, tags } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import { moneyOf } from '../currency.ts';
import type { BillingTables } from '../schema.ts';
import { type ReportSpan, reportSpan } from './report-periods.ts';

interface Sums {
  readonly minutes: number;
  readonly cost: number;
  readonly devices: number;
  readonly people: number;
}

const NOTHING: Sums = { minutes: 0, cost: 0, devices: 0, people: 0 };

/** What was used, by the day on which it was; a run that goes on counts when it ends. */
export function usageReportRoute(tools: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.getUsageReport, async ({ query }) => {
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
        total: present(sums.get('total') ?? NOTHING),
        series,
      },
      tags: [{ tag: tags.usage() }],
      ...(span.movesAtMs === undefined ? {} : { changesAtMs: span.movesAtMs }),
    };
  });
}

/** By the number of the period, from 0, and of the whole: who is there in two periods is one. */
async function sumsOf(
  { postgres }: ServiceTools<BillingTables>,
  { periods, from, to }: ReportSpan,
): Promise<Map<number | 'total', Sums>> {
  const starts = periods.map((period) => period.from);
  const { rows } = await sql<Sums & { period: number | null }>`
    select period,
      coalesce(sum(minutes), 0)::bigint as minutes,
      coalesce(sum(cost), 0)::bigint as cost,
      count(distinct device_id)::integer as devices,
      count(distinct user_id)::integer as people
    from (
      select *, width_bucket(day, ${starts}::date[]) - 1 as period
      from usage_records
      where day >= ${from}::date and day < ${to}::date
    ) as used
    group by grouping sets ((period), ())`.execute(postgres.db);
  return new Map(rows.map(({ period, ...sums }) => [period ?? 'total', sums]));
}

function present({ minutes, cost, devices, people }: Sums) {
  return { minutes, cost: moneyOf(cost), devices, people };
}
