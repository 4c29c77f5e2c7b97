import { billingCalls, tags, type Usage } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { moneyOf } from '../currency.ts';
import type { BillingTables } from '../schema.ts';
import { dayOf, monthOf } from './calendar-month.ts';

/** A device that was never metered has used nothing: billing does not know which devices exist. */
export function deviceUsageRoute(tools: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.getDeviceUsage, ({ params }) =>
    usageThisMonth(tools, {
      column: 'device_id',
      id: params.deviceId,
      tag: tags.usageOfDevice(params.deviceId),
    }),
  );
}

export function userUsageRoute(tools: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.getUserUsage, ({ params }) =>
    usageThisMonth(tools, {
      column: 'user_id',
      id: params.userId,
      tag: tags.usageOfUser(params.userId),
    }),
  );
}

/** A run that goes on counts when it ends. The answer changes by itself when the month does. */
async function usageThisMonth(
  { db, clock }: ServiceTools<BillingTables>,
  of: { readonly column: 'device_id' | 'user_id'; readonly id: string; readonly tag: string },
) {
  const { startMs, endMs } = monthOf(clock.now());
  const sums = await db
    .selectFrom('usage_records')
    .select(({ fn }) => [
      fn.sum<number>('minutes').as('minutes'),
      fn.sum<string>('cost').as('cost'),
    ])
    .where(of.column, '=', of.id)
    .where('day', '>=', dayOf(startMs))
    .where('day', '<', dayOf(endMs))
    .executeTakeFirstOrThrow();
  const body: Usage = {
    periodStart: new Date(startMs).toISOString(),
    periodEnd: new Date(endMs).toISOString(),
    minutes: sums.minutes ?? 0,
    cost: moneyOf(Number(sums.cost ?? 0)),
  };
  return { body, tags: [{ tag: of.tag }], changesAtMs: endMs };
}
