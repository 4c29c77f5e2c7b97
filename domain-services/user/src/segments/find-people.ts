import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import type { UserTables } from '../schema.ts';

/** A thousand ids, e-mail addresses and user names. */
const BODY_LIMIT_BYTES = 1_000_000;

/** Whom the rows of a file of recipients mean, in one query. */
export function findPeopleRoute({ db }: ServiceTools<UserTables>): Route {
  return answerCall(
    userCalls.findPeople,
    async ({ body }) => {
      const lower = (texts: readonly string[]) => texts.map((text) => text.toLowerCase());
      const people = await db
        .selectFrom('people')
        .select(['id as userId', 'email', 'username'])
        .where((is) =>
          is.or([
            is('id', '=', sql<string>`any(${body.userIds}::uuid[])`),
            is(sql<string>`lower(email)`, '=', sql<string>`any(${lower(body.emails)}::text[])`),
            is(
              sql<string>`lower(username)`,
              '=',
              sql<string>`any(${lower(body.usernames)}::text[])`,
            ),
          ]),
        )
        .execute();
      return { body: { people } };
    },
    { bodyLimitBytes: BODY_LIMIT_BYTES },
  );
}
