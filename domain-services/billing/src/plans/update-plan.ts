import { billingCalls, type Plan } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound, versionConflict } from '@cloudphone/errors';
import { unchanged, type Written } from '@cloudphone/event-log';
import { answerCall, parseIfMatch, type Route } from '@cloudphone/http';
import type * as z from 'zod';
import type { BillingTables, BillingTransaction } from '../schema.ts';
import { presentPlan } from './present-plan.ts';

type Changes = z.output<typeof billingCalls.updatePlan.body & {}>;

/**
 * Changes the terms of a plan, takes it off sale or puts it on sale again. With `If-Match` it is
 * refused (409) when somebody was faster. Orders keep the terms under which they were placed;
 * changing nothing keeps the version.
 */
export function updatePlanRoute({ writer, clock }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.updatePlan, async ({ params, body, headers }) => {
    const update = { ...params, body, expected: parseIfMatch(headers), at: new Date(clock.now()) };
    const { result, eventIds } = await writer.write((tx) => updatePlan(tx, update));
    return { body: result, eventIds, etagVersion: result.version };
  });
}

async function updatePlan(
  tx: BillingTransaction,
  update: {
    readonly planId: string;
    readonly body: Changes;
    readonly expected: number | undefined;
    readonly at: Date;
  },
): Promise<Written<Plan>> {
  const { planId, body, expected, at } = update;
  const before = await tx
    .selectFrom('plans')
    .selectAll()
    .where('id', '=', planId)
    .forUpdate()
    .executeTakeFirst();
  if (before === undefined) throw notFound('plan', planId);
  if (expected !== undefined && expected !== before.version) {
    throw versionConflict('plan', planId, before.version);
  }
  const wanted = {
    name: body.name ?? before.name,
    price: body.price?.amount ?? before.price,
    duration_days: body.durationDays ?? before.duration_days,
    is_retired: body.isRetired ?? before.is_retired,
  };
  const columns = Object.keys(wanted) as (keyof typeof wanted)[];
  if (columns.every((column) => wanted[column] === before[column])) {
    return unchanged(presentPlan(before));
  }
  const row = await tx
    .updateTable('plans')
    .set({ ...wanted, version: before.version + 1, updated_at: at })
    .where('id', '=', planId)
    .returningAll()
    .executeTakeFirstOrThrow();
  const result = presentPlan(row);
  const type = row.is_retired && !before.is_retired ? 'plan.retired' : 'plan.updated';
  return { result, events: [{ type, data: result }] };
}
