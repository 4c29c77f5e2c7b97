import { billingCalls, tags } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import type { BillingTables } from '../schema.ts';

/** Among people who ever paid in. */
export function lowBalanceCountRoute({ db }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.getLowBalanceCount, async ({ query }) => {
    const { count } = await db
      .selectFrom('balances')
      .select((of) => of.fn.countAll<number>().as('count'))
      .where('amount', '<', query.below)
      .executeTakeFirstOrThrow();
    return { body: { below: query.below, count }, tags: [{ tag: tags.balances() }] };
  });
}
