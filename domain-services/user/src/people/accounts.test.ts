import { parseCacheTags, tags } from '@cloudphone/contracts';
import { demoStaff } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { until } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { startUserWorld, type UserWorld } from '../fixtures/user-world.ts';

let world: UserWorld;
beforeAll(async () => {
  world = await startUserWorld();
});

const newcomer = (username: string, more = {}) => ({
  username,
  email: `${username}@example.org`,
  name: 'New Comer',
  ...more,
});
const create = (body: object) => world.ask('post', '/users', world.asAdmin).send(body);
const register = (body: object) => world.ask('post', '/auth/register').send(body);

describe('an account that staff opens', () => {
  test('is a person with a quota, who can log in, and is told of', async () => {
    const answer = await create(newcomer('ada', { password: 'a good one' })).expect(201);
    expect(answer.body).toMatchObject({ username: 'ada', roles: ['customer'], version: 1 });
    expect(await world.typesOf(answer)).toEqual(['user.created', 'quota.updated']);
    const quota = await world.ask('get', `/quotas/${answer.body.id}`).expect(200);
    expect(quota.body).toMatchObject({ devicesLimit: 5, devicesUsed: 0 });
    await world.logIn('ada', 'a good one').expect(200);
  });

  test('without a password has its owner sent a link, in nobody’s name', async () => {
    const { body } = await create(newcomer('alan')).expect(201);
    const resetOf = async () =>
      (await world.published('user.password_reset_requested')).find(
        ({ userId }) => userId === body.id,
      );
    await until(async () => (await resetOf()) !== undefined);
    const events = await world.service.published();
    const reset = events.find(({ type }) => type === 'user.password_reset_requested');
    expect(reset?.actorid).toBeUndefined();
  });

  test('with a user name or an e-mail address that is taken, in any case, is a clear 409', async () => {
    const name = await create(newcomer('USER001')).expect(409);
    expect(name.body).toMatchObject({ code: 'already_exists', detail: /user name/ as never });
    const email = await create(newcomer('konrad', { email: 'User001@Example.com' })).expect(409);
    expect(email.body.detail).toContain('e-mail');
    await world.ask('get', '/users?q=konrad').expect(({ body }) => expect(body.items).toEqual([]));
  });

  test('names everything that is wrong with it', async () => {
    const wrong = {
      username: '-',
      email: 'x',
      name: '',
      roles: ['king'],
      tenantId: 'A B',
      nobody: 1,
    };
    const { body } = await create(wrong).expect(422);
    expect(body.issues.map(({ path }: { path: string }) => path.split('.')[1]).sort()).toEqual(
      ['email', 'name', 'nobody', 'roles', 'tenantId', 'username'].sort(),
    );
    await create(newcomer('zoned', { timeZone: 'Mars/Olympus' })).expect(422);
  });

  test('is opened once by ten who ask for the same user name at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => create(newcomer('once', { password: 'a good one' }))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
  });
});

describe('an account of one’s own', () => {
  test('is opened, and told of twice: that there is a person, and that they came', async () => {
    const said = newcomer('barbara');
    const answer = await register({ ...said, password: 'a good one' }).expect(201);
    expect(answer.body).toEqual(said);
    const registered = await world.published('user.registered');
    expect(registered).toMatchObject([{ name: 'New Comer', email: said.email }]);
    const { body } = await world.logIn('barbara', 'a good one').expect(200);
    expect(body.user).toMatchObject({ id: registered[0]?.userId, roles: ['customer'] });
  });

  test('with an e-mail address that is taken reads the same, opens nothing, and tells its owner', async () => {
    const { id, email } = world.person(1);
    const said = newcomer('edsger', { email });
    const answer = await register({ ...said, password: 'a good one' }).expect(201);
    expect(answer.body).toEqual(said);
    const free = await register({ ...newcomer('tony'), password: 'a good one' }).expect(201);
    const names = (headers: Record<string, string>) => Object.keys(headers).sort();
    expect(names(answer.headers)).toEqual(names(free.headers));
    await world.logIn('edsger', 'a good one').expect(401);
    await until(async () =>
      (await world.published('user.password_reset_requested')).some(({ userId }) => userId === id),
    );
  });

  test('with a user name that is taken, or a password that anybody would guess, is refused', async () => {
    await register({ ...newcomer('user001'), password: 'a good one' }).expect(409);
    for (const password of ['short', 'aaaaaaaaaa', 'guessable', 'guessable@example.org']) {
      const { body } = await register({ ...newcomer('guessable'), password }).expect(422);
      expect(body.issues[0].path).toBe('body.password');
    }
  });

  test('from one address is opened a hundred times in a quarter of an hour, no more', async () => {
    const { db } = world;
    const [row] = await db
      .selectFrom('attempts')
      .selectAll()
      .where('kind', '=', 'register')
      .execute();
    const rows = Array.from({ length: 100 }, () => ({ ...row!, id: randomId() }));
    await db.insertInto('attempts').values(rows).execute();
    const refused = await register({ ...newcomer('toomany'), password: 'a good one' }).expect(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await register({
      ...newcomer('elsewhere'),
      password: 'a good one',
      address: '10.0.0.9',
    }).expect(201);
  });
});

describe('a change of a person', () => {
  test('is told once when others make it, twice when they make it themselves', async () => {
    const { id } = world.person(2);
    const path = `/users/${id}`;
    const byStaff = await world.ask('patch', path, world.asAdmin).send({ name: 'By Staff' });
    expect(await world.typesOf(byStaff)).toEqual(['user.updated']);
    const own = await world
      .ask('patch', path, world.asCustomer(id))
      .send({ name: 'By Myself', timeZone: 'Asia/Tokyo' });
    expect(await world.typesOf(own)).toEqual(['user.updated', 'user.profile_updated']);
    expect(await world.published('user.profile_updated', own)).toMatchObject([
      { userId: id, name: 'By Myself', changedFields: ['name', 'timeZone'] },
    ]);
  });
});

describe('roles', () => {
  const change = (id: string, roles: string[]) =>
    world.ask('put', `/users/${id}/roles`, world.asAdmin).send({ roles });

  test('are replaced as a whole, raise the permission version, and show at the next refresh', async () => {
    const { id, username } = world.person(3);
    const tokens = (await world.logIn(username, 'user-demo')).body;
    const before = new Date();
    const answer = await change(id, ['support', 'customer']).expect(200);
    expect(answer.body).toMatchObject({ roles: ['support', 'customer'], version: 2 });
    expect(await world.published('user.roles_changed', answer)).toMatchObject([
      { id, changedFields: ['roles'] },
    ]);
    const { refreshToken } = tokens;
    const { body } = await world.ask('post', '/auth/refresh').send({ refreshToken }).expect(200);
    expect(world.claimsOf(body.accessToken)).toMatchObject({
      pv: 2,
      roles: ['support', 'customer'],
    });
    const since = encodeURIComponent(before.toISOString());
    const revoked = await world.ask('get', `/auth/revocations?since=${since}`).expect(200);
    expect(revoked.body.people.map(({ userId }: { userId: string }) => userId)).toEqual([id]);
    const again = await change(id, ['customer', 'support', 'support']).expect(200);
    expect([again.body.version, await world.typesOf(again)]).toEqual([2, []]);
  });

  test('a refresh that meets a change of roles waits for it: no token outlives what it says', async () => {
    const { id, username } = world.person(4);
    const { refreshToken } = (await world.logIn(username, 'user-demo')).body;
    const refreshing = await world.db.transaction().execute(async (tx) => {
      await tx
        .updateTable('people')
        .set({ roles: ['support'] })
        .where('id', '=', id)
        .execute();
      const answer = world
        .ask('post', '/auth/refresh')
        .send({ refreshToken })
        .then((it) => it);
      await until(world.somebodyWaits, { what: 'the refresh to wait' });
      return { answer };
    });
    const { body } = await refreshing.answer;
    expect(world.claimsOf(body.accessToken).roles).toEqual(['support']);
  });

  test('are refused by an old version, for nobody, and when no admin would be left', async () => {
    const { id } = world.person(5);
    const stale = change(id, ['support']).set('If-Match', '"7"');
    expect((await stale.expect(409)).body).toMatchObject({ currentVersion: 1 });
    await change(randomId(), ['support']).expect(404);
    await change(id, []).expect(422);
    const last = await change(demoStaff('admin').id, ['support']).expect(409);
    expect(last.body.detail).toBe('This is the last admin.');
    await world.ask('delete', `/users/${demoStaff('admin').id}`).expect(409);
    await world.ask('post', `/users/${demoStaff('admin').id}/suspend`).expect(409);
  });

  test('of two last admins who end each other at once, one stays', async () => {
    const other = world.person(6).id;
    const admin = demoStaff('admin').id;
    await change(other, ['admin']).expect(200);
    const answers = await Promise.all([change(other, ['support']), change(admin, ['support'])]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    await world.db
      .updateTable('people')
      .set({ roles: ['admin'] })
      .where('id', '=', admin)
      .execute();
  });
});

describe('the end of an account', () => {
  const end = (id: string, query = '') =>
    world.ask('delete', `/users/${id}${query}`, world.asAdmin);

  test('closes its log-ins, frees its names and says what every answer about it was built from', async () => {
    const { id, username, email } = world.person(7);
    const { refreshToken } = (await world.logIn(username, 'user-demo')).body;
    const answer = await end(id).expect(200);
    expect(answer.body).toMatchObject({ id, erase: false, version: 2 });
    expect(await world.typesOf(answer)).toEqual(['user.deleted', 'user.session_revoked']);
    const [deleted] = (await world.service.published()).filter(
      ({ type, subject }) => type === 'user.deleted' && subject === `user/${id}`,
    );
    expect(deleted?.tags.split(',')).toEqual([
      tags.user(id),
      tags.users(),
      tags.quota(id),
      tags.audit(),
    ]);
    await world.ask('post', '/auth/refresh').send({ refreshToken }).expect(401);
    await world.logIn(username, 'user-demo').expect(401);
    const gone = await world.ask('get', `/users/${id}`).expect(404);
    expect(parseCacheTags(gone.headers['cache-tags'] ?? '')).toEqual([{ tag: tags.user(id) }]);
    await world.ask('get', `/quotas/${id}`).expect(404);
    await end(id).expect(404);
    await create({ username, email, name: 'Somebody Else', password: 'a good one' }).expect(201);
  });

  test('with erase leaves nothing personal in any row, now or asked for later', async () => {
    for (const isLater of [false, true]) {
      const { id, username, email, name } = world.person(isLater ? 9 : 8);
      await world.logIn(username, 'wrong', { address: '10.0.0.1' });
      if (isLater) await end(id).expect(200);
      const answer = await end(id, '?erase=true').expect(200);
      expect(answer.body).toMatchObject({ erase: true, version: isLater ? 3 : 2 });
      for (const personal of [username, email, name]) {
        expect(await tablesHolding(personal), personal).toEqual([]);
      }
      await end(id, '?erase=true').expect(404);
    }
  });

  /** Tables of the service's own: the outbox forgets by time. */
  async function tablesHolding(text: string): Promise<string[]> {
    const own = ['people', 'deleted_people', 'audit', 'reset_requests', 'attempts'] as const;
    const found: string[] = [];
    for (const table of own) {
      const rows = await world.db.selectFrom(table).selectAll().execute();
      if (rows.some((row) => Object.values(row).includes(text))) found.push(table);
    }
    return found;
  }
});
