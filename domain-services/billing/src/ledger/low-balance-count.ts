import { billingCalls, tags } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import type { BillingTables } from '../schema.ts';
import { lowBalanceThreshold } from '../settings/low-balance-threshold.ts';

/** Among people who ever paid in. A change of the threshold is told with the tag of all balances. */
export function lowBalanceCountRoute({ db }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.getLowBalanceCount, async ({ query }) => {
    const below = query.below ?? (await lowBalanceThreshold(db));
    const { count } = await db
      .selectFrom('balances')
      .select((of) => of.fn.countAll<number>().as('count'))
      .where('amount', '<', below)
      .executeTakeFirstOrThrow();
    return { body: { below, count }, tags: [{ tag: tags.balances() }] };
  });
}
