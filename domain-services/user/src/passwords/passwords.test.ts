import { randomId } from '@cloudphone/runtime';
import { until } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { startUserWorld, type UserWorld } from '../fixtures/user-world.ts';
import { forgetResets } from './reset-requests.ts';
import { tokenOfReset } from './reset-token.ts';

let world: UserWorld;
beforeAll(async () => {
  world = await startUserWorld();
});

const NEW = 'something else';
const request = (email: string) =>
  world.ask('post', '/auth/password/reset-request').send({ email });
const resetsOf = async (userId: string) =>
  (await world.published('user.password_reset_requested')).filter((one) => one.userId === userId);

/** Asks for a reset and answers its id, as the event tells it. */
async function requested(n: number): Promise<string> {
  const { id, email } = world.person(n);
  await request(email).expect(202);
  await until(async () => (await resetsOf(id)).length > 0, { what: 'the reset to be told' });
  return (await resetsOf(id)).at(-1)?.resetId ?? '';
}
const tokenOf = async (resetId: string): Promise<string> =>
  (await world.ask('get', `/auth/password/resets/${resetId}`).expect(200)).body.token;
const reset = (token: string, newPassword = NEW) =>
  world.ask('post', '/auth/password/reset').send({ token, newPassword });

describe('asking for a reset', () => {
  test('is answered the same for everybody, and told to whoever has the address', async () => {
    const { id, email, name, locale } = world.person(1);
    const known = await request(email.toUpperCase()).expect(202);
    const unknown = await request('nobody@example.com').expect(202);
    expect([known.text, unknown.text]).toEqual(['{}', '{}']);
    expect(Object.keys(unknown.headers)).toEqual(Object.keys(known.headers));
    await until(async () => (await resetsOf(id)).length === 1);
    expect((await resetsOf(id))[0]).toMatchObject({ name, email, locale });
    await until(
      async () => (await world.db.selectFrom('reset_requests').selectAll().execute()).length === 0,
    );
    expect(await world.published('user.password_reset_requested')).toHaveLength(1);
  });

  test('tells nobody the secret: not the event, not the outbox, not the database', async () => {
    const resetId = await requested(2);
    const token = await tokenOf(resetId);
    const secret = token.split('.')[1] ?? '';
    expect(secret.length).toBeGreaterThan(40);
    for (const table of ['outbox', 'password_resets', 'people'] as const) {
      const rows = await world.db.selectFrom(table).selectAll().execute();
      expect(JSON.stringify(rows)).not.toContain(secret);
    }
    const [row] = await world.db
      .selectFrom('outbox')
      .select('payload')
      .where('type', '=', 'user.password_reset_requested')
      .execute();
    expect(row?.payload).toMatchObject({ deliveries: [] });
  });

  test('has three messages an hour sent to a person, no more', async () => {
    const { id, email } = world.person(3);
    for (let n = 1; n <= 5; n++) {
      await request(email).expect(202);
      await until(
        async () =>
          (await world.db.selectFrom('reset_requests').selectAll().execute()).length === 0,
      );
    }
    expect(await resetsOf(id)).toHaveLength(3);
  });

  test('for somebody suspended tells nobody', async () => {
    const { id, email } = world.person(4);
    await world.ask('post', `/users/${id}/suspend`).expect(200);
    await request(email).expect(202);
    await until(
      async () => (await world.db.selectFrom('reset_requests').selectAll().execute()).length === 0,
    );
    expect(await resetsOf(id)).toEqual([]);
  });

  test('the token is told to the platform’s own processes, on nobody’s behalf', async () => {
    const path = `/auth/password/resets/${await requested(5)}`;
    await world.ask('get', path, world.asAdmin).expect(403);
    await world.ask('get', path, world.asCustomer(world.person(5).id)).expect(403);
    await world.ask('get', `/auth/password/resets/${randomId()}`).expect(404);
    const [one, other] = [await world.ask('get', path), await world.ask('get', path)];
    expect(one.body.token).toBe(other.body.token);
  });
});

describe('a reset', () => {
  test('sets the password, ends every log-in, and is told of', async () => {
    const { id, username } = world.person(6);
    const { refreshToken } = (await world.logIn(username, 'user-demo')).body;
    const answer = await reset(await tokenOf(await requested(6))).expect(200);
    expect(await world.typesOf(answer)).toEqual(['user.password_changed', 'user.session_revoked']);
    expect(await world.published('user.password_changed', answer)).toMatchObject([{ userId: id }]);
    await world.ask('post', '/auth/refresh').send({ refreshToken }).expect(401);
    await world.logIn(username, 'user-demo').expect(401);
    await world.logIn(username, NEW).expect(200);
  });

  test('works once, also for ten who come with the same token at once', async () => {
    const token = await tokenOf(await requested(7));
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => reset(token, `${NEW} ${n}`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(410)]);
    expect((await reset(token)).body.code).toBe('link_expired');
  });

  test('ends half an hour after it was asked for, and with any other change of the password', async () => {
    const resetId = await requested(8);
    const token = await tokenOf(resetId);
    const { db } = world;
    const past = { expires_at: new Date(Date.now() - 1) };
    const soon = (await resetsOf(world.person(8).id))[0]?.expiresAt ?? '';
    expect(Math.round((Date.parse(soon) - Date.now()) / 60_000)).toBe(30);
    await db.updateTable('password_resets').set(past).where('id', '=', resetId).execute();
    await reset(token).expect(410);
    await world.ask('get', `/auth/password/resets/${resetId}`).expect(404);

    const other = await tokenOf(await requested(9));
    const body = { currentPassword: 'user-demo', newPassword: NEW };
    await world
      .ask('post', '/auth/password/change', world.asCustomer(world.person(9).id))
      .send(body)
      .expect(200);
    await reset(other).expect(410);
  });

  test('by a made-up token, or one for another reset, is refused as an expired one is', async () => {
    const token = await tokenOf(await requested(10));
    const [, mac = ''] = token.split('.');
    const made = [
      'nobody',
      '.',
      `${randomId()}.${mac}`,
      tokenOfReset(randomId(), 'another secret'),
      tokenOfReset(randomId(), 'the secret of tests'),
    ];
    for (const one of made) expect((await reset(one).expect(410)).body.code).toBe('link_expired');
    await reset(token, 'short').expect(422);
    await reset(token, world.person(10).username).expect(422);
    await reset(token).expect(200);
  });

  test('of yesterday is forgotten', async () => {
    const old = { expires_at: new Date(Date.now() - 25 * 3_600_000) };
    await world.db.updateTable('password_resets').set(old).execute();
    await forgetResets(world.service.tools);
    expect(await world.db.selectFrom('password_resets').selectAll().execute()).toEqual([]);
  });
});

describe('changing one’s password', () => {
  test('asks for the old one, and ends all log-ins but the one it is asked from', async () => {
    const { id, username } = world.person(11);
    const [here, there] = [
      (await world.logIn(username, 'user-demo')).body,
      (await world.logIn(username, 'user-demo')).body,
    ];
    const me = world.asCustomer(id, world.claimsOf(here.accessToken).sid);
    const change = (currentPassword: string, newPassword: string) =>
      world.ask('post', '/auth/password/change', me).send({ currentPassword, newPassword });
    const wrong = await change('wrong', NEW).expect(422);
    expect(wrong.body.issues[0].path).toBe('body.currentPassword');
    await change('user-demo', 'user-demo').expect(422);
    await change('user-demo', NEW).set('Idempotency-Key', 'kept').expect(400);
    const answer = await change('user-demo', NEW).expect(200);
    expect(await world.published('user.session_revoked', answer)).toMatchObject([
      { sessionId: world.claimsOf(there.accessToken).sid, reason: 'password_changed' },
    ]);
    const refresh = (refreshToken: string) =>
      world.ask('post', '/auth/refresh').send({ refreshToken });
    await refresh(there.refreshToken).expect(401);
    await refresh(here.refreshToken).expect(200);
  });

  test('in nobody’s name is refused, and guesses are slowed down', async () => {
    const body = { currentPassword: 'wrong', newPassword: NEW };
    await world.ask('post', '/auth/password/change').send(body).expect(403);
    const me = world.asCustomer(world.person(12).id);
    const guess = () => world.ask('post', '/auth/password/change', me).send(body);
    for (let n = 0; n < 10; n++) await guess().expect(422);
    await guess().expect(429);
  });
});
