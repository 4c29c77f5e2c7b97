import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import { readOf } from '../people/present-person.ts';
import type { UserTables } from '../schema.ts';
import { identityOf } from './access-tokens.ts';

/** What the person of an open log-in may do now; a closed one is not found. */
export function getIdentityRoute({ db }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.getIdentity, async ({ params }) => {
    const person = await db
      .selectFrom('sessions')
      .innerJoin('people', 'people.id', 'sessions.person_id')
      .selectAll('people')
      .where('sessions.id', '=', params.sessionId)
      .where('sessions.closed_at', 'is', null)
      .where('people.status', '=', 'active')
      .executeTakeFirst();
    if (person === undefined) throw notFound('session', params.sessionId);
    return { body: identityOf(person, params.sessionId), tags: [readOf(person)] };
  });
}
