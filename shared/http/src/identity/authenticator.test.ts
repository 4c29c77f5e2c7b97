import { appError, type ErrorCodeName } from '@cloudphone/errors';
import { connectRedis, whenReady } from '@cloudphone/redis';
import { silentLogger } from '@cloudphone/runtime';
import { testRedis, whenDone } from '@cloudphone/test-kit';
import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { ADA, buildServer } from '../fixtures/test-server.ts';
import { defineRoute } from '../routes/define-route.ts';
import type { Session } from '../sessions/session.ts';
import { createSessionCookie } from '../sessions/session-cookie.ts';
import { createSessionStore } from '../sessions/session-store.ts';
import { createAuthenticator } from './authenticator.ts';
import type { TokenVerifier } from './token-verifier.ts';

const publicOrigin = 'http://localhost:4000';

const whoAmI = (method: 'GET' | 'POST') =>
  defineRoute({
    method,
    path: '/me',
    summary: 'Who asks.',
    access: { kind: 'signed-in' },
    handle: async ({ identity }) => ({ body: { id: identity.userId } }),
  });

/** A server that knows people by good access tokens, and sessions that hold them. */
async function world(options: { refuses?: ErrorCodeName } = {}) {
  const server = await testRedis({ persistent: false });
  const redis = connectRedis({
    url: server.url,
    name: 'test',
    manner: 'fail-fast',
    commandTimeoutMs: 20_000,
    logger: silentLogger,
  });
  whenDone(() => redis.close());
  await whenReady(redis, 5_000);
  const good = new Set(['good']);
  const peek = (token: string) => (good.has(token) ? ADA : undefined);
  const tokens: Pick<TokenVerifier, 'peek' | 'verify'> = {
    peek,
    verify: async (token) => {
      if (good.has(token)) return ADA;
      throw appError(token === 'ended' ? 'token_expired' : 'not_authenticated');
    },
  };
  const store = createSessionStore({ redis, ttlMs: 60_000 });
  const cookie = createSessionCookie({ publicOrigin });
  const state = { renewals: 0 };
  const fetchTokens = async (session: Session): Promise<Session> => {
    state.renewals += 1;
    if (options.refuses !== undefined) throw appError(options.refuses);
    return { ...session, accessToken: 'good' };
  };
  const { app } = buildServer({
    authenticate: createAuthenticator({
      tokens,
      publicOrigin,
      sessions: { store, cookie, fetchTokens },
    }),
    routes: [whoAmI('GET'), whoAmI('POST')],
  });
  const open = async (accessToken: string) => {
    const id = await store.open({
      identity: ADA,
      accessToken,
      refreshToken: 'r',
      expiresAtMs: Date.now() + 60_000,
    });
    return cookie.write(id, store.ttlMs).split(';')[0]!;
  };
  return { http: () => supertest(app), open, state };
}

describe('a bearer', () => {
  test('is known by a good token, and needs no CSRF header', async () => {
    const { http } = await world();
    const { status, body } = await http().post('/me').set('authorization', 'Bearer good');
    expect({ status, body }).toEqual({ status: 200, body: { id: ADA.userId } });
  });

  test.each([
    ['Bearer ended', 'token_expired'],
    ['Bearer made-up', 'not_authenticated'],
    ['Basic Z29vZDpnb29k', 'not_authenticated'],
    ['Bearer', 'not_authenticated'],
  ])('%s → %s', async (authorization, code) => {
    const { http } = await world();
    const { status, body } = await http().get('/me').set({ authorization });
    expect([status, body.code]).toEqual([401, code]);
  });
});

describe('a session’s cookie', () => {
  test('is enough to read', async () => {
    const { http, open } = await world();
    const { body } = await http()
      .get('/me')
      .set('cookie', await open('good'));
    expect(body).toEqual({ id: ADA.userId });
  });

  const headers = { 'x-csrf-protection': '1', origin: publicOrigin };
  test.each([
    ['no header and no origin', {}, 403],
    ['no header', { origin: publicOrigin }, 403],
    ['another value of the header', { ...headers, 'x-csrf-protection': 'yes' }, 403],
    ['no origin', { 'x-csrf-protection': '1' }, 403],
    ['another origin', { ...headers, origin: 'http://evil.example' }, 403],
    ['another port', { ...headers, origin: 'http://localhost:4001' }, 403],
    ['the origin null', { ...headers, origin: 'null' }, 403],
    ['both', headers, 200],
    [
      'both, under another name of this machine',
      { ...headers, origin: 'http://127.0.0.1:4000' },
      200,
    ],
  ])('with %s → changes: %#', async (_what, given, status) => {
    const { http, open } = await world();
    const answer = await http()
      .post('/me')
      .set({ cookie: await open('good'), ...given });
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body.code).toBe('csrf_failed');
  });

  test('whose token has ended → is renewed once for all who come with it', async () => {
    const { http, open, state } = await world();
    const cookie = await open('ended');
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => http().get('/me').set('cookie', cookie)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(state.renewals).toBe(1);
  });

  test.each([
    ['refresh_reused', 'token_expired'],
    ['account_suspended', 'account_suspended'],
  ] as const)('that cannot be renewed, by %s → ends with %s', async (refuses, code) => {
    const { http, open, state } = await world({ refuses });
    const cookie = await open('ended');
    expect((await http().get('/me').set('cookie', cookie)).body.code).toBe(code);
    const again = await http().get('/me').set('cookie', cookie);
    expect([again.status, again.body.code]).toEqual([401, 'token_expired']);
    expect(state.renewals).toBe(1);
  });

  test('that cannot be renewed now → is there for the next attempt', async () => {
    const { http, open, state } = await world({ refuses: 'upstream_unavailable' });
    const cookie = await open('ended');
    for (let time = 0; time < 2; time++) {
      expect((await http().get('/me').set('cookie', cookie)).status).toBe(503);
    }
    expect(state.renewals).toBe(2);
  });

  test('that names nothing → is refused', async () => {
    const { http } = await world();
    const { status } = await http().get('/me').set('cookie', 'cloudphone_session=made-up');
    expect(status).toBe(401);
  });
});

test('the cookie → is HttpOnly and Strict, and over https Secure and bound to its host', () => {
  const plain = createSessionCookie({ publicOrigin }).write('id', 60_000);
  expect(plain).toBe('cloudphone_session=id; Max-Age=60; Path=/; HttpOnly; SameSite=Strict');
  const secure = createSessionCookie({ publicOrigin: 'https://phones.example' });
  expect(secure.write('id', 60_000)).toBe(
    '__Host-cloudphone_session=id; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Strict',
  );
  expect(secure.clear()).toContain('Max-Age=0');
});
