import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import type { UserTables } from '../schema.ts';
import { personAsking } from '../sessions/on-behalf.ts';

/** How the caller's own second factor stands, at this moment. */
export function getTwoFactorRoute({ db, clock }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.getTwoFactor, async ({ identity }) => {
    const { userId } = personAsking(identity);
    const factor = await db
      .selectFrom('two_factor')
      .select('enabled_at')
      .where('person_id', '=', userId)
      .where('enabled_at', 'is not', null)
      .executeTakeFirst();
    const left = await db
      .selectFrom('recovery_codes')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .where('person_id', '=', userId)
      .where('used_at', 'is', null)
      .executeTakeFirstOrThrow();
    const body = { isEnabled: factor !== undefined, recoveryCodesLeft: Number(left.count) };
    return { body, changesAtMs: clock.now() };
  });
}
