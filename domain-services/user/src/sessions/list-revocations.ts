import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import type { UserTables } from '../schema.ts';

/** Log-ins closed since an instant, those of suspended people among them, and changed roles. */
export function listRevocationsRoute({ db }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.listRevocations, async ({ query }) => {
    const closed = await db
      .selectFrom('sessions')
      .select(['id', 'person_id', 'closed_at'])
      .where('closed_at', '>=', new Date(query.since))
      .orderBy('closed_at')
      .execute();
    const sessions = closed.flatMap(({ id, person_id, closed_at }) =>
      closed_at === null
        ? []
        : [{ sessionId: id, userId: person_id, at: new Date(closed_at).toISOString() }],
    );
    const changed = await db
      .selectFrom('people')
      .select(['id', 'access_changed_at'])
      .where('access_changed_at', '>=', new Date(query.since))
      .orderBy('access_changed_at')
      .execute();
    const people = changed.flatMap(({ id, access_changed_at }) =>
      access_changed_at === null ? [] : [{ userId: id, at: access_changed_at.toISOString() }],
    );
    return { body: { sessions, people } };
  });
}
