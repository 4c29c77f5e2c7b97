import { randomBytes } from 'node:crypto';
import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { checkNewPassword } from '../passwords/replace-password.ts';
import type { ResetRequests } from '../passwords/reset-requests.ts';
import type { UserTables } from '../schema.ts';
import { hashPassword } from '../sessions/passwords.ts';
import { isTaken, openAccount, whatIsTaken } from './open-account.ts';
import { checkTimeZone } from './time-zone.ts';

/**
 * Opens somebody else's account. Without a password nobody knows the one it has, and its owner is
 * sent a link to choose one, by the same way as one who forgot theirs.
 */
export function createUserRoute(
  { writer, clock }: ServiceTools<UserTables>,
  { resets }: { readonly resets: ResetRequests },
): Route {
  return answerCall(userCalls.createUser, async ({ body }) => {
    const { password, ...account } = body;
    checkTimeZone(account.timeZone);
    if (password !== undefined) checkNewPassword(password, body, 'password');
    const passwordHash = await hashPassword(password ?? randomBytes(32).toString('base64url'));
    const write = writer.write(async (tx) => {
      const opened = await openAccount(tx, { ...account, passwordHash }, new Date(clock.now()));
      if (password === undefined) await resets.add(tx, account.email);
      return { result: opened.person, events: opened.events };
    });
    const { result, eventIds } = await write.catch((err: unknown) => {
      const taken = whatIsTaken(err);
      throw taken === undefined ? err : isTaken(taken);
    });
    resets.wake();
    return { body: result, eventIds, etagVersion: result.version };
  });
}
