import { billingCalls, tags } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import type { BillingTables } from '../schema.ts';

/** Ids of people for an audience, by their balance, ascending; among people who ever paid in. */
export function listSegmentBalancesRoute({ db }: ServiceTools<BillingTables>): Route {
  return answerCall(billingCalls.listSegmentBalances, async ({ query }) => {
    const { cursor, limit, below } = query;
    let wanted = db.selectFrom('balances').select('user_id').where('amount', '<', below);
    if (cursor !== undefined) wanted = wanted.where('user_id', '>', cursor);
    const rows = await wanted
      .orderBy('user_id')
      .limit(limit + 1)
      .execute();
    const userIds = rows.slice(0, limit).map((row) => row.user_id);
    const nextCursor = rows.length > limit ? (userIds.at(-1) ?? null) : null;
    return { body: { userIds, nextCursor }, tags: [{ tag: tags.balances() }] };
  });
}
