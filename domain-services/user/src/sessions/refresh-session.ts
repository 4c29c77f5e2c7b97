import { type SessionTokens, userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError, type ErrorCodeName } from '@cloudphone/errors';
import { unchanged, type Written } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { Transaction } from '@cloudphone/postgres';
import { noteActivity } from '../activity/note-activity.ts';
import type { UserTables } from '../schema.ts';
import { closeSessions } from './close-sessions.ts';
import { issueTokens } from './issue-tokens.ts';
import { hashOfToken } from './refresh-token.ts';
import { refuseToKeepTokens } from './refuse-to-keep-tokens.ts';
import type { SigningKey, SigningKeys } from './signing-keys.ts';

type Outcome = SessionTokens | { readonly refusal: ErrorCodeName };

/**
 * Exchanges a refresh token for its successor. Each token works once. One that comes back closes
 * its whole family: either its holder or somebody else has a stolen copy, and nobody can tell which
 * (RFC 9700 §4.14.2). There is no period of grace: of two simultaneous uses the row lock lets one
 * through, the other counts as reuse. Callers therefore refresh once per session at a time, and do
 * not repeat a refresh whose answer was lost; whoever does logs in again.
 */
export function refreshSessionRoute(tools: ServiceTools<UserTables>, keys: SigningKeys): Route {
  const { writer } = tools;
  return answerCall(userCalls.refreshSession, async ({ body, idempotencyKey }) => {
    refuseToKeepTokens(idempotencyKey);
    const hash = hashOfToken(body.refreshToken);
    const key = await keys.current();
    const { result, eventIds } = await writer.write((tx) => exchange(tx, hash, key));
    if ('refusal' in result) throw appError(result.refusal);
    return { body: result, eventIds };
  });

  /** Refusals are results, not throws: closing the family must commit. */
  async function exchange(
    tx: Transaction<UserTables>,
    hash: Buffer,
    key: SigningKey,
  ): Promise<Written<Outcome>> {
    const found = await tx
      .selectFrom('refresh_tokens')
      .innerJoin('sessions', 'sessions.id', 'refresh_tokens.session_id')
      .select(['session_id', 'person_id'])
      .where('hash', '=', hash)
      .executeTakeFirst();
    if (found === undefined) return unchanged({ refusal: 'not_authenticated' });

    // Before the session, as whoever changes roles or closes log-ins does: such a change either
    // comes before this look, or after the tokens that it ends were issued.
    const person = await tx
      .selectFrom('people')
      .selectAll()
      .where('id', '=', found.person_id)
      .forShare()
      .executeTakeFirst();
    if (person === undefined) return unchanged({ refusal: 'token_expired' });
    const at = new Date(tools.clock.now());

    // One session is one family: its lock puts every use of its tokens in a row.
    const session = await tx
      .selectFrom('sessions')
      .selectAll()
      .where('id', '=', found.session_id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (session.closed_at !== null) return unchanged({ refusal: 'token_expired' });

    const token = await tx
      .selectFrom('refresh_tokens')
      .selectAll()
      .where('hash', '=', hash)
      .executeTakeFirstOrThrow();
    if (token.used_at !== null) {
      const [event] = await closeSessions(tx, session, { reason: 'refresh_reused', at });
      if (event === undefined) throw new Error('a locked, open session could not be closed');
      return { result: { refusal: 'refresh_reused' }, events: [event] };
    }
    if (token.expires_at <= at) return unchanged({ refusal: 'token_expired' });

    await tx.updateTable('refresh_tokens').set({ used_at: at }).where('hash', '=', hash).execute();
    await noteActivity(tx, [person.id], at);
    const tokens = await issueTokens(tx, {
      person,
      sessionId: session.id,
      key,
      clock: tools.clock,
    });
    return unchanged(tokens);
  }
}
