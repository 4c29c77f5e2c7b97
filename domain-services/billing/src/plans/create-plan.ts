import { billingCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import { timeOrderedId } from '@cloudphone/runtime';
import type { BillingTables } from '../schema.ts';
import { presentPlan } from './present-plan.ts';

/** On sale at once. */
export function createPlanRoute({ writer, clock }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.createPlan, async ({ body }) => {
    const { code, name, price, durationDays } = body;
    const at = new Date(clock.now());
    const { result, eventIds } = await writer.write(async (tx) => {
      const row = await tx
        .insertInto('plans')
        .values({
          id: timeOrderedId(at.getTime()),
          code,
          name,
          price: price.amount,
          duration_days: durationDays,
          is_retired: false,
          version: 1,
          created_at: at,
          updated_at: at,
        })
        .onConflict((conflict) => conflict.column('code').doNothing())
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) {
        throw appError('already_exists', { detail: 'This code belongs to another plan.' });
      }
      const plan = presentPlan(row);
      return { result: plan, events: [{ type: 'plan.created', data: plan }] };
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}
