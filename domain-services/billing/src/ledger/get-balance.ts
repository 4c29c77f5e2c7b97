import { billingCalls, tags } from '@cloudphone/contracts';
import type { ReadOnlyDb, ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { moneyOf } from '../currency.ts';
import type { BillingTables } from '../schema.ts';

/** A person who never paid in has zero, at version 0: an account comes with its first entry. */
export function getBalanceRoute({ db }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.getBalance, async ({ params }) => {
    const { amount, version } = await readBalance(db, params.userId);
    return {
      body: { userId: params.userId, balance: moneyOf(amount), version },
      tags: [{ tag: tags.balance(params.userId), version }],
    };
  });
}

export async function readBalance(
  db: Pick<ReadOnlyDb<BillingTables>, 'selectFrom'>,
  userId: string,
): Promise<{ readonly amount: number; readonly version: number }> {
  const row = await db
    .selectFrom('balances')
    .select(['amount', 'version'])
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row ?? { amount: 0, version: 0 };
}
