import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError, invalidInput } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { Attempts } from '../attempts/attempts.ts';
import type { UserTables } from '../schema.ts';
import { personAsking } from '../sessions/on-behalf.ts';
import { hashPassword } from '../sessions/passwords.ts';
import { refuseToKeepTokens } from '../sessions/refuse-to-keep-tokens.ts';
import { confirmPassword } from './confirm-password.ts';
import { checkNewPassword, replacePassword } from './replace-password.ts';

/** A new password for whoever knows the old one; the log-in it is asked from goes on. */
export function changePasswordRoute(
  tools: ServiceTools<UserTables>,
  { attempts }: { readonly attempts: Attempts },
): Route {
  const { writer, clock } = tools;
  return answerCall(userCalls.changePassword, async ({ body, identity, idempotencyKey }) => {
    refuseToKeepTokens(idempotencyKey);
    const { userId, sessionId } = personAsking(identity);
    const { currentPassword: password, newPassword } = body;
    const known = await confirmPassword(tools, attempts, {
      userId,
      password,
      member: 'currentPassword',
    });
    checkNewPassword(newPassword, known);
    if (newPassword === password) {
      throw invalidInput([{ path: 'body.newPassword', message: 'is the one that you have' }]);
    }
    const hash = await hashPassword(newPassword);
    const { eventIds } = await writer.write(async (tx) => {
      const person = await tx
        .selectFrom('people')
        .selectAll()
        .where('id', '=', userId)
        .forUpdate()
        .executeTakeFirst();
      if (person === undefined || person.password_hash !== known.password_hash) {
        throw appError('state_conflict', { detail: 'The password was changed meanwhile.' });
      }
      const change = { hash, at: new Date(clock.now()), keptSessionId: sessionId };
      return { result: undefined, events: await replacePassword(tx, person, change) };
    });
    return { body: {}, eventIds };
  });
}
