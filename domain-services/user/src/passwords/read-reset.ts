import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { UserTables } from '../schema.ts';
import { onlyPlatform } from '../sessions/on-behalf.ts';
import { tokenOfReset } from './reset-token.ts';

/** The token of a reset that may still be used, for whoever writes the message. Not to be kept. */
export function readPasswordResetRoute({ db, clock, config }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.readPasswordReset, async ({ params, identity }) => {
    onlyPlatform(identity);
    const nowMs = clock.now();
    const reset = await db
      .selectFrom('password_resets')
      .selectAll()
      .where('id', '=', params.resetId)
      .where('used_at', 'is', null)
      .where('expires_at', '>', new Date(nowMs))
      .executeTakeFirst();
    if (reset === undefined) throw notFound('password reset', params.resetId);
    return {
      body: {
        userId: reset.person_id,
        token: tokenOfReset(reset.id, config.internalSecret),
        expiresAt: reset.expires_at.toISOString(),
      },
      changesAtMs: nowMs,
    };
  });
}
