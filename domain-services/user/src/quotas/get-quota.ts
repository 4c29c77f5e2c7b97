import { tags, userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { UserTables } from '../schema.ts';

/** How many devices a person may rent, and until when. */
export function getQuotaRoute({ db }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.getQuota, async ({ params }) => {
    const tag = tags.quota(params.userId);
    const row = await db
      .selectFrom('quotas')
      .selectAll()
      .where('user_id', '=', params.userId)
      .executeTakeFirst();
    if (row === undefined) throw notFound('quota', params.userId);
    return {
      body: {
        userId: row.user_id,
        devicesLimit: row.devices_limit,
        devicesUsed: row.devices_used,
        validUntil: row.valid_until.toISOString(),
        version: row.version,
      },
      tags: [{ tag, version: row.version }],
    };
  });
}
