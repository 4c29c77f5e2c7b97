import { billingCalls, tags } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { moneyOf } from '../currency.ts';
import type { BillingTables } from '../schema.ts';

/** A person who never paid in has zero, at version 0: an account comes with its first entry. */
export function getBalanceRoute({ db }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.getBalance, async ({ params }) => {
    const row = await db
      .selectFrom('balances')
      .select(['amount', 'version'])
      .where('user_id', '=', params.userId)
      .executeTakeFirst();
    const { amount, version } = row ?? { amount: 0, version: 0 };
    return {
      body: { userId: params.userId, balance: moneyOf(amount), version },
      tags: [{ tag: tags.balance(params.userId), version }],
    };
  });
}
