import { tags, userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { UserTables } from '../schema.ts';
import { presentQuota } from './present-quota.ts';

/** How many devices a person may rent, and until when. */
export function getQuotaRoute({ db }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.getQuota, async ({ params }) => {
    const row = await db
      .selectFrom('quotas')
      .selectAll()
      .where('user_id', '=', params.userId)
      .executeTakeFirst();
    if (row === undefined) throw notFound('quota', params.userId);
    return {
      body: presentQuota(row),
      tags: [{ tag: tags.quota(params.userId), version: row.version }],
      etagVersion: row.version,
    };
  });
}
