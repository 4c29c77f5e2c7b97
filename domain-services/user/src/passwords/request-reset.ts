import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import type { Attempts } from '../attempts/attempts.ts';
import type { UserTables } from '../schema.ts';
import type { ResetRequests } from './reset-requests.ts';

/** The same answer after the same work, whether or not anybody has that e-mail address. */
export function requestPasswordResetRoute(
  { postgres }: ServiceTools<UserTables>,
  given: { readonly attempts: Attempts; readonly resets: ResetRequests },
): Route {
  return answerCall(userCalls.requestPasswordReset, async ({ body }) => {
    await given.attempts.admit('reset_request', body.address);
    await given.resets.add(postgres.db, body.email);
    setImmediate(given.resets.wake);
    return { body: {} };
  });
}
