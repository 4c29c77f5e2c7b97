import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import type { UserTables } from '../schema.ts';

/** Log-ins closed since an instant, those of suspended people among them. */
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
    return { body: { sessions } };
  });
}
