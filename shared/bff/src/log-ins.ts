import type { Identity, SessionTokens } from '@cloudphone/contracts';
import {
  type Authenticate,
  createAuthenticator,
  createSessionCookie,
  createSessionStore,
  createTokenVerifier,
  type Session,
  type SessionCookie,
  type SessionStore,
  type TokenVerifier,
} from '@cloudphone/http';
import type { RedisConnection } from '@cloudphone/redis';
import type { ServiceClients } from '@cloudphone/service-clients';
import type { AskedHeaders } from './asked-headers.ts';
import { createLogInRecall } from './recall-log-in.ts';
import type { Audience } from './scope-of.ts';

/** How a BFF knows people: by tokens that the user service signed, or by sessions that hold them. */
export interface LogIns {
  readonly tokens: TokenVerifier;
  readonly sessions: SessionStore;
  readonly cookie: SessionCookie;
  readonly authenticate: Authenticate;
  /** Who asks at that instant, if this process has verified that log-in before. Asks nobody. */
  peekIdentity(asked: AskedHeaders, nowMs: number): Identity | undefined;
  /** A log-in's tokens as a session that keeps them here. */
  sessionOf(tokens: SessionTokens): Promise<Session>;
}

const SESSION_TTL_MS = 12 * 3_600_000;
const ISSUER = 'cloudphone-user-service';
const AUDIENCE = 'cloudphone';

export function createLogIns(options: {
  readonly services: ServiceClients;
  readonly redis: RedisConnection;
  readonly publicOrigin: string;
  readonly audience: Audience;
}): LogIns {
  const { services, redis, publicOrigin, audience } = options;
  const tokens = createTokenVerifier({
    loadKeys: () => services.user.getSigningKeys(),
    issuer: ISSUER,
    audience: AUDIENCE,
  });
  const sessions = createSessionStore({ redis, ttlMs: SESSION_TTL_MS });
  // Both BFFs on one host name would otherwise share a cookie.
  const cookie = createSessionCookie({ publicOrigin, name: `cloudphone_${audience}_session` });

  const sessionOf = async ({ accessToken, refreshToken, expiresIn }: SessionTokens) => ({
    identity: await tokens.verify(accessToken),
    accessToken,
    refreshToken,
    expiresAtMs: Date.now() + expiresIn * 1_000,
  });
  const fetchTokens = async ({ refreshToken }: Session): Promise<Session> => {
    const { answer } = await services.user.refreshSession({ body: { refreshToken } });
    return sessionOf(answer);
  };
  const authenticate = createAuthenticator({
    tokens,
    publicOrigin,
    sessions: { store: sessions, cookie, fetchTokens },
  });
  const recallLogIn = createLogInRecall(tokens);
  const peekIdentity = (asked: AskedHeaders, nowMs: number): Identity | undefined => {
    if (asked.authorization !== undefined) return recallLogIn(asked, nowMs);
    if (asked.cookie === undefined) return undefined;
    const session = sessions.peek(cookie.read({ headers: { cookie: asked.cookie } }) ?? '');
    return session && tokens.peek(session.accessToken);
  };
  return { tokens, sessions, cookie, authenticate, peekIdentity, sessionOf };
}
