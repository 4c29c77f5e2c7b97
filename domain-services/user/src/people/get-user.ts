import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { UserTables } from '../schema.ts';
import { presentPerson, readOf } from './present-person.ts';

export function getUserRoute({ db }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.getUser, async ({ params }) => {
    const row = await db
      .selectFrom('people')
      .selectAll()
      .where('id', '=', params.userId)
      .executeTakeFirst();
    if (row === undefined) throw notFound('user', params.userId);
    const person = presentPerson(row);
    return { body: person, tags: [readOf(person)], etagVersion: person.version };
  });
}
