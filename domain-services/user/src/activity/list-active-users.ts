import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import type { UserTables } from '../schema.ts';

/** Whoever was here lately, the latest first; the answer is of this moment, and not to be kept. */
export function listActiveUsersRoute({ db, clock }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.listActiveUsers, async ({ query }) => {
    const nowMs = clock.now();
    const rows = await db
      .selectFrom('activity')
      .innerJoin('people', 'people.id', 'activity.person_id')
      .select(['activity.person_id', 'people.tenant_id', 'people.permission_version'])
      .where('activity.seen_at', '>=', new Date(nowMs - query.withinMinutes * 60_000))
      .where('people.status', '=', 'active')
      .orderBy('activity.seen_at', 'desc')
      .orderBy('activity.person_id')
      .limit(query.limit)
      .execute();
    const people = rows.map((row) => ({
      userId: row.person_id,
      tenantId: row.tenant_id,
      permissionVersion: row.permission_version,
    }));
    return { body: { userIds: people.map(({ userId }) => userId), people }, changesAtMs: nowMs };
  });
}
