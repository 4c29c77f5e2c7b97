import { tags, userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import type { UserTables } from '../schema.ts';

/** Ids of people for an audience, ascending. They are seen when they log in or renew a log-in. */
export function listSegmentPeopleRoute({ db, clock }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.listSegmentPeople, async ({ query }) => {
    const { cursor, limit, status, roles, tenantId, seenSince, notSeenSince } = query;
    const wasSeenSince = (since: string) => sql<boolean>`exists (
      select from sessions join refresh_tokens on refresh_tokens.session_id = sessions.id
      where sessions.person_id = people.id
        and refresh_tokens.created_at >= ${since}::timestamptz)`;
    let wanted = db.selectFrom('people').select('id');
    if (status !== undefined) wanted = wanted.where('status', '=', status);
    if (roles !== undefined) wanted = wanted.where(sql<boolean>`roles && ${roles}::text[]`);
    if (tenantId !== undefined) wanted = wanted.where('tenant_id', '=', tenantId);
    if (seenSince !== undefined) wanted = wanted.where(wasSeenSince(seenSince));
    if (notSeenSince !== undefined)
      wanted = wanted.where(sql<boolean>`not ${wasSeenSince(notSeenSince)}`);
    if (cursor !== undefined) wanted = wanted.where('id', '>', cursor);
    const rows = await wanted
      .orderBy('id')
      .limit(limit + 1)
      .execute();
    const userIds = rows.slice(0, limit).map(({ id }) => id);
    const nextCursor = rows.length > limit ? (userIds.at(-1) ?? null) : null;
    const body = { userIds, nextCursor };
    // A renewed log-in is no event.
    return { body, tags: [{ tag: tags.users() }], changesAtMs: clock.now() };
  });
}
