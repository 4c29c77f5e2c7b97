import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { Attempts } from '../attempts/attempts.ts';
import type { UserTables } from '../schema.ts';
import { hashPassword } from '../sessions/passwords.ts';
import { refuseToKeepTokens } from '../sessions/refuse-to-keep-tokens.ts';
import { checkNewPassword, replacePassword } from './replace-password.ts';
import { resetOfToken } from './reset-token.ts';

/**
 * Sets the password of whoever holds the link's token: once, within half an hour. A second factor
 * stays what it is. Every refusal reads the same.
 */
export function resetPasswordRoute(
  { writer, clock, config }: ServiceTools<UserTables>,
  { attempts }: { readonly attempts: Attempts },
): Route {
  return answerCall(userCalls.resetPassword, async ({ body, idempotencyKey }) => {
    refuseToKeepTokens(idempotencyKey);
    await attempts.admit('reset', body.address);
    const resetId = resetOfToken(body.token, config.internalSecret);
    if (resetId === undefined) throw appError('link_expired');
    const hash = await hashPassword(body.newPassword);
    const { eventIds } = await writer.write(async (tx) => {
      const found = await tx
        .selectFrom('password_resets')
        .select('person_id')
        .where('id', '=', resetId)
        .executeTakeFirst();
      if (found === undefined) throw appError('link_expired');
      // The person first, as everybody does: of two who come with one token the second waits here.
      const person = await tx
        .selectFrom('people')
        .selectAll()
        .where('id', '=', found.person_id)
        .forUpdate()
        .executeTakeFirst();
      const at = new Date(clock.now());
      const reset = await tx
        .selectFrom('password_resets')
        .select('id')
        .where('id', '=', resetId)
        .where('used_at', 'is', null)
        .where('expires_at', '>', at)
        .executeTakeFirst();
      if (person === undefined || person.status !== 'active' || reset === undefined) {
        throw appError('link_expired');
      }
      checkNewPassword(body.newPassword, person);
      return { result: undefined, events: await replacePassword(tx, person, { hash, at }) };
    });
    return { body: {}, eventIds };
  });
}
