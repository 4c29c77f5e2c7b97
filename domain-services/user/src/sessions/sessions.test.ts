import { type EventBody, type EventType, HEADERS } from '@cloudphone/contracts';
import { demoPerson, startTestService, type TestService } from '@cloudphone/domain-service';
import { sql } from '@cloudphone/postgres';
import { systemClock } from '@cloudphone/runtime';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { createLocalJWKSet, jwtVerify } from 'jose';
import request from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import type { UserTables } from '../schema.ts';
import { userService } from '../user-service.ts';
import { AUDIENCE, ISSUER } from './access-tokens.ts';
import { forgetSessions } from './forget-sessions.ts';

let service: TestService<UserTables>;
let aheadMs = 0;
const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + aheadMs };
beforeAll(async () => {
  const redis = await testRedis();
  service = await startTestService(
    userService,
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl: redis.url, clock },
    { seedPeople: 12 },
  );
  whenDone(service.close);
});

describe('log-in', () => {
  test('answers tokens that the published keys verify, and publishes user.login', async () => {
    const person = demoPerson(1);
    const answer = await logIn(person.username, 'user-demo').expect(200);
    expect(answer.body).toMatchObject({
      tokenType: 'Bearer',
      expiresIn: 600,
      user: { id: person.id, username: 'user001', roles: ['customer'], version: 1 },
    });
    const jwks = await request(service.url).get('/.well-known/jwks.json').expect(200);
    const { payload } = await jwtVerify(answer.body.accessToken, createLocalJWKSet(jwks.body), {
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: ['EdDSA'],
    });
    expect(payload).toMatchObject({ sub: person.id, tenant: 'acme', permissions: [], pv: 1 });
    const lifetimeSeconds = (payload.exp ?? 0) - (payload.iat ?? 0);
    expect(lifetimeSeconds).toBeGreaterThanOrEqual(600);
    expect(lifetimeSeconds).toBeLessThan(601);
    expect(payload.exp).toBe(Math.floor(payload.exp ?? 0));
    const [login] = await published('user.login', answer.headers[HEADERS.eventIds]);
    expect(login).toMatchObject({ userId: person.id, sessionId: payload.sid });
  });

  test('private keys and hashes never leave: the published keys hold no private part', async () => {
    const jwks = await request(service.url).get('/.well-known/jwks.json').expect(200);
    expect(jwks.body.keys[0]).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA' });
    expect(jwks.body.keys[0]).not.toHaveProperty('d');
  });

  test('a wrong password and an unknown person are the same refusal', async () => {
    const wrong = await logIn('user001', 'user-dem').expect(401);
    const unknown = await logIn('nobody', 'user-demo').expect(401);
    const told = ({ code, title, detail }: Record<string, unknown>) => ({ code, title, detail });
    expect(wrong.body.code).toBe('credentials_wrong');
    expect(told(unknown.body)).toEqual(told(wrong.body));
  });

  test('that an account is suspended is told only with the right password', async () => {
    const { id, username } = demoPerson(2);
    await call().post(`/users/${id}/suspend`).set(service.as()).expect(200);
    expect((await logIn(username, 'wrong').expect(401)).body.code).toBe('credentials_wrong');
    expect((await logIn(username, 'user-demo').expect(403)).body.code).toBe('account_suspended');
  });

  test('takes no Idempotency-Key: its answer would be kept, with its tokens', async () => {
    await logIn('user001', 'user-demo').set('Idempotency-Key', 'a').expect(400);
    await refresh('whatever').set('Idempotency-Key', 'a').expect(400);
  });

  test('replicas that start together sign with one key', async () => {
    const databaseUrl = await testPostgres().freshDatabase();
    const redis = await testRedis();
    const replicas = await Promise.all(
      [1, 2, 3].map(() => startTestService(userService, { databaseUrl, redisUrl: redis.url })),
    );
    for (const replica of replicas) whenDone(replica.close);
    const keySets = await Promise.all(
      replicas.map(({ url }) => request(url).get('/.well-known/jwks.json').expect(200)),
    );
    const kids = keySets.flatMap(({ body }) => body.keys.map(({ kid }: { kid: string }) => kid));
    expect(kids).toHaveLength(3);
    expect(new Set(kids).size).toBe(1);
  });
});

describe('refreshing a session', () => {
  test('exchanges the token for its successor, in the same session', async () => {
    const first = (await logIn('user003', 'user-demo')).body;
    const second = (await refresh(first.refreshToken).expect(200)).body;
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(sessionOf(second.accessToken)).toBe(sessionOf(first.accessToken));
    await refresh(second.refreshToken).expect(200);
  });

  test('a token that comes back closes its family and says so to everybody', async () => {
    const first = (await logIn('user004', 'user-demo')).body;
    const second = (await refresh(first.refreshToken).expect(200)).body;
    const refusal = await refresh(first.refreshToken).expect(401);
    expect(refusal.body.code).toBe('refresh_reused');
    expect((await refresh(second.refreshToken).expect(401)).body.code).toBe('token_expired');
    const revoked = await published('user.session_revoked');
    expect(revoked).toContainEqual(
      expect.objectContaining({
        sessionId: sessionOf(first.accessToken),
        reason: 'refresh_reused',
      }),
    );
  });

  test('of two uses at once one is exchanged, the other counts as reuse: never two successors', async () => {
    const { refreshToken, accessToken } = (await logIn('user005', 'user-demo')).body;
    const answers = await Promise.all([1, 2, 3].map(() => refresh(refreshToken)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
    const codes = answers.filter(({ status }) => status === 401).map(({ body }) => body.code);
    expect(codes.sort()).toEqual(['refresh_reused', 'token_expired']);
    const tokens = await service.tools.postgres.db
      .selectFrom('refresh_tokens')
      .select('hash')
      .where('session_id', '=', sessionOf(accessToken))
      .execute();
    expect(tokens).toHaveLength(2);
  });

  test('by as many at once as there are connections goes on when the key has to be looked up', async () => {
    const tokens: string[] = [];
    for (let n = 0; n < 10; n++) {
      const { body } = await logIn(demoPerson(6).username, 'user-demo').expect(200);
      tokens.push(body.refreshToken);
    }
    aheadMs += 61_000;
    const answers = await service.tools.postgres.withSession((session) =>
      session.transaction().execute(async (tx) => {
        const { id } = demoPerson(6);
        await tx.selectFrom('people').select('id').where('id', '=', id).forUpdate().execute();
        const refreshing = Promise.all(tokens.map((token) => refresh(token)));
        // Every connection is taken by somebody who waits for this lock.
        await until(async () => {
          await sql`select pg_stat_clear_snapshot()`.execute(tx);
          const { rows } = await sql`select 1 from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`.execute(tx);
          return rows.length >= 10;
        });
        return { refreshing };
      }),
    );
    const statuses = (await answers.refreshing).map(({ status }) => status);
    expect(statuses).toEqual(tokens.map(() => 200));
  });

  test('a token that nobody was given is refused', async () => {
    expect((await refresh('made-up').expect(401)).body.code).toBe('not_authenticated');
  });

  test('the database holds no token that could be used', async () => {
    const { refreshToken } = (await logIn('user006', 'user-demo')).body;
    const rows = await service.tools.postgres.db.selectFrom('refresh_tokens').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(refreshToken);
    expect(rows.some(({ hash }) => hash.toString('base64url') === refreshToken)).toBe(false);
  });
});

describe('the end of a session', () => {
  test('logging out ends its tokens, is told once, and may be repeated', async () => {
    const { refreshToken, accessToken } = (await logIn('user007', 'user-demo')).body;
    const sessionId = sessionOf(accessToken);
    const identity = `/auth/sessions/${sessionId}/identity`;
    await call().get(identity).set(service.as()).expect(200);
    const out = await call().post('/auth/logout').set(service.as()).send({ sessionId }).expect(200);
    expect(await published('user.session_revoked', out.headers[HEADERS.eventIds])).toMatchObject([
      { sessionId, reason: 'logged_out' },
    ]);
    const again = await call().post('/auth/logout').set(service.as()).send({ sessionId });
    expect([again.status, again.headers[HEADERS.eventIds]]).toEqual([200, undefined]);
    expect((await refresh(refreshToken).expect(401)).body.code).toBe('token_expired');
    await call().get(identity).set(service.as()).expect(404);
  });

  test('is listed for processes that start later, from the instant they ask for', async () => {
    const { accessToken } = (await logIn('user011', 'user-demo')).body;
    const sessionId = sessionOf(accessToken);
    const listed = async (since: Date) => {
      const path = `/auth/revocations?since=${since.toISOString()}`;
      const { body } = await call().get(path).set(service.as()).expect(200);
      return body.sessions.map((closed: { sessionId: string }) => closed.sessionId);
    };
    const before = new Date();
    expect(await listed(before)).not.toContain(sessionId);
    await call().post('/auth/logout').set(service.as()).send({ sessionId }).expect(200);
    expect(await listed(before)).toContain(sessionId);
    expect(await listed(new Date(Date.now() + 1_000))).not.toContain(sessionId);
  });

  test('suspension closes every log-in and raises the permission version', async () => {
    const { id } = demoPerson(8);
    const logIns = await Promise.all([1, 2].map(() => logIn('user008', 'user-demo')));
    const suspended = await call().post(`/users/${id}/suspend`).set(service.as()).expect(200);
    expect(suspended.body).toMatchObject({ status: 'suspended', version: 2 });
    const revoked = await published('user.session_revoked', suspended.headers[HEADERS.eventIds]);
    expect(revoked.map(({ sessionId }) => sessionId).sort()).toEqual(
      logIns.map(({ body }) => sessionOf(body.accessToken)).sort(),
    );
    for (const { body } of logIns) await refresh(body.refreshToken).expect(401);
    await call().post(`/users/${id}/reactivate`).set(service.as()).expect(200);
    const back = await logIn('user008', 'user-demo').expect(200);
    expect(claimsOf(back.body.accessToken).pv).toBe(3);
  });

  test('a log-in that meets a suspension under way waits for it, and is refused', async () => {
    const { id, username } = demoPerson(9);
    const { db } = service.tools.postgres;
    const answer = await db.transaction().execute(async (tx) => {
      await tx.updateTable('people').set({ status: 'suspended' }).where('id', '=', id).execute();
      const loggingIn = logIn(username, 'user-demo').then((refused) => refused);
      await until(waitsForLock, { what: 'the log-in to wait' });
      return { loggingIn };
    });
    const refused = await answer.loggingIn;
    expect([refused.status, refused.body.code]).toEqual([403, 'account_suspended']);
  });

  test('what can no longer be used is forgotten, and nothing else', async () => {
    const { db } = service.tools.postgres;
    const old = sessionOf((await logIn('user010', 'user-demo')).body.accessToken);
    const { refreshToken } = (await logIn('user010', 'user-demo')).body;
    await db
      .updateTable('refresh_tokens')
      .set({ expires_at: new Date(Date.now() - 1) })
      .where('session_id', '=', old)
      .execute();
    await forgetSessions(service.tools);
    expect(await db.selectFrom('sessions').select('id').where('id', '=', old).execute()).toEqual(
      [],
    );
    await refresh(refreshToken).expect(200);
  });

  async function waitsForLock(): Promise<boolean> {
    const { rows } = await sql`
      select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(
      service.tools.postgres.db,
    );
    return rows.length > 0;
  }
});

const call = () => request(service.url);

const logIn = (username: string, password: string) =>
  call().post('/auth/login').set(service.as()).send({ username, password });

const refresh = (refreshToken: string) =>
  call().post('/auth/refresh').set(service.as()).send({ refreshToken });

const claimsOf = (accessToken: string) =>
  JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString());

const sessionOf = (accessToken: string): string => claimsOf(accessToken).sid;

/** The bodies of the events of a type, all or those of one answer. */
async function published<Type extends EventType>(type: Type, eventIds?: string) {
  const events = await service.published(eventIds?.split(','));
  return events
    .filter((event) => event.type === type)
    .map(({ data }) => data as unknown as EventBody<Type>);
}
