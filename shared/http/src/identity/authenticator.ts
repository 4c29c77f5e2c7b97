import type { IncomingMessage } from 'node:http';
import type { Identity } from '@cloudphone/contracts';
import { appError, isAppError } from '@cloudphone/errors';
import { checkCsrf } from '../sessions/csrf-rule.ts';
import type { Session } from '../sessions/session.ts';
import type { SessionCookie } from '../sessions/session-cookie.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { Authenticate } from './authenticate.ts';
import type { TokenVerifier } from './token-verifier.ts';

const BEARER = /^Bearer ([A-Za-z0-9._~+/=-]{1,8000})$/i;

/**
 * People by `Authorization: Bearer`, else by the session that a cookie names. A session whose token
 * has ended is renewed on the way; one that cannot be (closed, suspended) ends. A cookie counts for
 * unsafe methods only with the CSRF header and our own `Origin`.
 */
export function createAuthenticator(options: {
  readonly tokens: Pick<TokenVerifier, 'peek' | 'verify'>;
  readonly publicOrigin: string;
  readonly sessions?: {
    readonly store: SessionStore;
    readonly cookie: SessionCookie;
    /** Refreshes at the user service; throws its refusal. */
    readonly fetchTokens: (session: Session) => Promise<Session>;
  };
}): Authenticate {
  const { tokens, sessions, publicOrigin } = options;

  const bySession = async (id: string): Promise<Identity | undefined> => {
    if (sessions === undefined) return undefined;
    const { store, fetchTokens } = sessions;
    const session = await store.find(id);
    if (session === undefined)
      throw appError('token_expired', { privateDetail: 'no such session' });
    try {
      return await tokens.verify(session.accessToken);
    } catch (err) {
      if (!isAppError(err, 'token_expired')) throw err;
    }
    try {
      const renewed = await store.renew(id, session, fetchTokens);
      if (renewed !== undefined) return await tokens.verify(renewed.accessToken);
    } catch (err) {
      const isFinal = isAppError(err) && (err.status === 401 || err.status === 403);
      if (isFinal) await store.close(id);
      if (!isFinal || err.status === 403) throw err;
    }
    throw appError('token_expired', { privateDetail: 'the session has ended' });
  };

  return async (req: IncomingMessage) => {
    const { authorization } = req.headers;
    if (authorization !== undefined) {
      const token = BEARER.exec(authorization)?.[1];
      if (token === undefined) throw appError('not_authenticated');
      return tokens.peek(token) ?? tokens.verify(token);
    }
    const id = sessions?.cookie.read(req);
    if (id === undefined || id === '') return undefined;
    checkCsrf(req, publicOrigin);
    return bySession(id);
  };
}
