import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import { randomId } from '@cloudphone/runtime';
import type { UserTables } from '../schema.ts';
import { issueTokens } from './issue-tokens.ts';
import { isPassword } from './passwords.ts';
import { refuseToKeepTokens } from './refuse-to-keep-tokens.ts';
import type { SigningKeys } from './signing-keys.ts';

/**
 * Opens a log-in. A wrong password and an unknown user name read the same and take the same time;
 * that an account is suspended is told only to whoever knows its password.
 */
export function logInRoute(tools: ServiceTools<UserTables>, keys: SigningKeys): Route {
  const { db, writer, clock } = tools;
  return answerCall(userCalls.logIn, async ({ body, idempotencyKey }) => {
    refuseToKeepTokens(idempotencyKey);
    const account = await db
      .selectFrom('people')
      .select(['id', 'password_hash'])
      .where(sql<string>`lower(username)`, '=', body.username.trim().toLowerCase())
      .executeTakeFirst();
    const isRight = await isPassword(account?.password_hash, body.password);
    if (account === undefined || !isRight) throw appError('credentials_wrong');

    const { result, eventIds } = await writer.write(async (tx) => {
      // The lock makes a suspension wait for this log-in and close it, or this log-in see it.
      const person = await tx
        .selectFrom('people')
        .selectAll()
        .where('id', '=', account.id)
        .forShare()
        .executeTakeFirstOrThrow();
      if (person.status === 'suspended') throw appError('account_suspended');
      if (person.password_hash !== account.password_hash) throw appError('credentials_wrong');
      const sessionId = randomId();
      const at = new Date(clock.now());
      await tx
        .insertInto('sessions')
        .values({
          id: sessionId,
          person_id: person.id,
          created_at: at,
          closed_at: null,
          closed_because: null,
        })
        .execute();
      return {
        result: await issueTokens(tx, { person, sessionId, keys, clock }),
        events: [
          {
            type: 'user.login',
            data: { userId: person.id, sessionId, at: at.toISOString() },
          },
        ],
      };
    });
    return { body: result, eventIds };
  });
}
