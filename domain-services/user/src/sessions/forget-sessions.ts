import type { ServiceTools } from '@cloudphone/domain-service';
import type { UserTables } from '../schema.ts';

/**
 * Deletes refresh tokens that have expired, then the sessions that have none left: nothing can be
 * done with either any more. Used tokens stay until they expire, because their return says that
 * somebody has a copy.
 */
export async function forgetSessions({ postgres, clock }: ServiceTools<UserTables>): Promise<void> {
  const now = new Date(clock.now());
  await postgres.db.deleteFrom('refresh_tokens').where('expires_at', '<=', now).execute();
  await postgres.db
    .deleteFrom('sessions')
    .where((is) =>
      is.not(
        is.exists(
          is
            .selectFrom('refresh_tokens')
            .select('hash')
            .whereRef('refresh_tokens.session_id', '=', 'sessions.id'),
        ),
      ),
    )
    .execute();
}
