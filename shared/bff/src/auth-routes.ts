import { personSchema, type SessionTokens, sessionTokensSchema } from '@cloudphone/contracts';
import { appError } from '@cloudphone/errors';
import { defineRoute, type Route } from '@cloudphone/http';
import type { ServiceClients } from '@cloudphone/service-clients';
import * as z from 'zod';
import type { BffDefinition } from './bff-definition.ts';
import type { LogIns } from './log-ins.ts';
import { refuseToKeepTokens } from './refuse-to-keep-tokens.ts';

interface AuthOptions {
  readonly services: ServiceClients;
  readonly logIns: LogIns;
  readonly mayLogIn: BffDefinition['mayLogIn'];
}

const logInBody = z.strictObject({
  username: z.string().min(1).max(200),
  password: z.string().min(1).max(200),
  /** A code of the second factor, or a recovery code; asked of whoever has one. */
  totp: z.string().max(40).optional(),
  /** True: no tokens leave the server; a cookie names a session that holds them. */
  session: z.boolean().default(false),
});

/** Log in, refresh, log out, who am I: the same at both BFFs. */
export function authRoutes(options: AuthOptions): Route[] {
  return [logIn(options), refresh(options), logOut(options), me(options)];
}

function logIn({ services, logIns, mayLogIn }: AuthOptions): Route {
  return defineRoute({
    method: 'POST',
    path: '/auth/login',
    summary: 'Log in with user name and password, for tokens or for a session cookie.',
    access: { kind: 'public' },
    body: logInBody,
    answer: z.union([sessionTokensSchema, z.strictObject({ user: personSchema })]),
    handle: async ({ body, idempotencyKey, remoteAddress: address }) => {
      refuseToKeepTokens(idempotencyKey);
      const { session: asSession, ...credentials } = body;
      const { answer: tokens } = await services.user.logIn({ body: { ...credentials, address } });
      const session = await logIns.sessionOf(tokens);
      if (!mayLogIn(session.identity)) {
        await services.user.logOut({ body: { sessionId: session.identity.sessionId } });
        throw appError('forbidden', { detail: 'This account has nothing to do here.' });
      }
      if (!asSession) return { body: tokens };
      const { sessions, cookie } = logIns;
      const id = await sessions.open(session);
      return {
        body: { user: tokens.user },
        headers: { 'set-cookie': cookie.write(id, sessions.ttlMs) },
      };
    },
  });
}

function refresh({ services, logIns, mayLogIn }: AuthOptions): Route {
  return defineRoute({
    method: 'POST',
    path: '/auth/refresh',
    summary: 'New tokens for a refresh token, which ends with it.',
    access: { kind: 'public' },
    body: z.strictObject({ refreshToken: z.string().min(1).max(400) }),
    answer: sessionTokensSchema,
    handle: async ({ body, idempotencyKey }) => {
      refuseToKeepTokens(idempotencyKey);
      const { answer } = await services.user.refreshSession({ body });
      const { identity } = await logIns.sessionOf(answer);
      if (!mayLogIn(identity)) throw appError('forbidden');
      return { body: answer satisfies SessionTokens };
    },
  });
}

function logOut({ services, logIns }: AuthOptions): Route {
  return defineRoute({
    method: 'POST',
    path: '/auth/logout',
    summary: 'Close this log-in: its tokens, its session and its sockets end everywhere.',
    access: { kind: 'signed-in' },
    handle: async ({ identity, headers }) => {
      const { sessionId } = identity;
      await services.user.logOut({ body: { sessionId } });
      // This node does not wait for its tail; the others hear of it there.
      logIns.tokens.revokeSession(sessionId, Date.now());
      const id = headers.authorization === undefined ? logIns.cookie.read({ headers }) : undefined;
      if (id === undefined) return { status: 204 };
      await logIns.sessions.close(id);
      return { status: 204, headers: { 'set-cookie': logIns.cookie.clear() } };
    },
  });
}

function me({ services }: AuthOptions): Route {
  return defineRoute({
    method: 'GET',
    path: '/auth/me',
    summary: 'Who is logged in, and what they may do.',
    access: { kind: 'signed-in' },
    answer: z.object({ user: personSchema, permissions: z.array(z.string()) }),
    handle: async ({ identity }) => {
      const user = await services.user.getUser({ params: { userId: identity.userId } });
      return { body: { user, permissions: identity.permissions } };
    },
  });
}
