import { type NewEvent, userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import type { Attempts } from '../attempts/attempts.ts';
import { checkNewPassword } from '../passwords/replace-password.ts';
import type { ResetRequests } from '../passwords/reset-requests.ts';
import type { UserTables } from '../schema.ts';
import { hashPassword } from '../sessions/passwords.ts';
import { refuseToKeepTokens } from '../sessions/refuse-to-keep-tokens.ts';
import { accountFacts } from './account-facts.ts';
import { isTaken, openAccount, whatIsTaken } from './open-account.ts';
import { checkTimeZone } from './time-zone.ts';

/** Where people belong who come by themselves. */
const OWN_TENANT = 'public';

/**
 * Opens one's own account. User names are public, so a taken one is refused; whether an e-mail
 * address has an account is nobody's business, so a taken one reads as success and its owner is
 * sent a link to get into the account that they have. That the log-in then fails shows it all the
 * same to whoever tries one: slowed down as guesses are.
 */
export function registerUserRoute(
  { writer, postgres, clock }: ServiceTools<UserTables>,
  given: { readonly attempts: Attempts; readonly resets: ResetRequests },
): Route {
  const { attempts, resets } = given;
  return answerCall(userCalls.registerUser, async ({ body, idempotencyKey }) => {
    refuseToKeepTokens(idempotencyKey);
    const { password, address, ...said } = body;
    checkTimeZone(said.timeZone);
    checkNewPassword(password, said, 'password');
    await attempts.admit('register', address);
    const account = {
      ...said,
      tenantId: OWN_TENANT,
      roles: ['customer'] as const,
      passwordHash: await hashPassword(password),
    };
    const write = writer.write(async (tx) => {
      const at = new Date(clock.now());
      const { row, events } = await openAccount(tx, account, at);
      const registered: NewEvent = { type: 'user.registered', data: accountFacts(row, at) };
      return { result: undefined, events: [...events, registered] };
    });
    await write.catch(async (err: unknown) => {
      const taken = whatIsTaken(err);
      if (taken === undefined) throw err;
      if (taken === 'username') throw isTaken(taken);
      await resets.add(postgres.db, said.email);
      setImmediate(resets.wake);
    });
    // No event ids: they would be missing for an address that is taken.
    return { body: said };
  });
}
