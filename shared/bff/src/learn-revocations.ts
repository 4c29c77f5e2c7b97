import type { SessionStore, TokenVerifier } from '@cloudphone/http';
import type { Lifecycle, Logger } from '@cloudphone/runtime';
import { pause, systemClock } from '@cloudphone/runtime';
import type { ServiceClients } from '@cloudphone/service-clients';

/** No access token lives longer; a minute more for clocks that differ. */
const LOOK_BACK_MS = 11 * 60_000;
const RETRY_MS = 1_000;

/**
 * Which log-ins were closed, and whose roles changed, before this node began to follow the log: asked of the user service once the tail
 * has its first position, so that nothing falls between the two. Asked again until it answers; until
 * then a token of a log-in closed in the last ten minutes would still be believed here.
 */
export async function learnRevocations(options: {
  readonly services: Pick<ServiceClients, 'user'>;
  readonly tokens: Pick<TokenVerifier, 'revokeSession' | 'revokePerson'>;
  readonly sessions: Pick<SessionStore, 'revokeSession' | 'revokePerson'>;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
}): Promise<void> {
  const { services, tokens, sessions, logger, lifecycle } = options;
  const since = new Date(systemClock.now() - LOOK_BACK_MS).toISOString();
  while (!lifecycle.isStopping) {
    try {
      const revoked = await services.user.listRevocations({ query: { since } });
      for (const { sessionId, at } of revoked.sessions) {
        tokens.revokeSession(sessionId, Date.parse(at));
        sessions.revokeSession(sessionId);
      }
      for (const { userId, at } of revoked.people) {
        tokens.revokePerson(userId, Date.parse(at));
        sessions.revokePerson(userId);
      }
      return;
    } catch (err) {
      logger.warn({ err }, 'closed log-ins are not known yet');
      await pause(systemClock, RETRY_MS);
    }
  }
}
