import { HEADERS, type Person, parseCacheTags } from '@cloudphone/contracts';
import { demoPerson, startTestService, type TestService } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import type { UserTables } from '../schema.ts';
import { userService } from '../user-service.ts';

const PEOPLE = 12;
const STAFF = 5;
let service: TestService<UserTables>;
beforeAll(async () => {
  const redis = await testRedis();
  service = await startTestService(
    userService,
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl: redis.url },
    { seedPeople: PEOPLE },
  );
  whenDone(service.close);
});

describe('one person', () => {
  test('is answered with its version, as tag and as ETag', async () => {
    const { id } = demoPerson(1);
    const answer = await get(`/users/${id}`).expect(200);
    expect(answer.body).toMatchObject({ id, username: 'user001', email: 'user001@example.com' });
    expect(answer.body).not.toHaveProperty('passwordHash');
    expect(answer.headers.etag).toBe('"1"');
    expect(tagsOf(answer)).toEqual([{ tag: `user:${id}`, version: 1 }]);
  });

  test('that does not exist is a 404 that names what would end it', async () => {
    const id = randomId();
    const answer = await get(`/users/${id}`).expect(404);
    expect(answer.body.code).toBe('not_found');
    expect(tagsOf(answer)).toEqual([{ tag: `user:${id}` }]);
  });

  test('is shown to nobody without an internal identity, or with a forged one', async () => {
    const path = `/users/${demoPerson(1).id}`;
    expect((await request(service.url).get(path).expect(401)).body.code).toBe('not_authenticated');
    await request(service.url)
      .get(path)
      .set({ [HEADERS.internalIdentity]: 'e30.forged' })
      .expect(401);
  });

  test('an address that is no id is a 422 with its place', async () => {
    const answer = await get('/users/7').expect(422);
    expect(answer.body.issues[0].path).toBe('params.userId');
  });
});

describe('the list of people', () => {
  test('pages through everybody once, in the order of user names', async () => {
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const path: string = `/users?limit=4${cursor === null ? '' : `&cursor=${cursor}`}`;
      const answer = await get(path).expect(200);
      names.push(...answer.body.items.map(({ username }: Person) => username));
      cursor = answer.body.nextCursor;
    } while (cursor !== null);
    expect(names).toHaveLength(PEOPLE + STAFF);
    expect(names).toEqual([...new Set(names)].sort());
  });

  test('names the collection and everybody on the page', async () => {
    const answer = await get('/users?limit=2').expect(200);
    const people = answer.body.items as Person[];
    expect(tagsOf(answer)).toEqual([
      { tag: 'users' },
      ...people.map(({ id, version }) => ({ tag: `user:${id}`, version })),
    ]);
  });

  test('of ids answers all that exist, however small the page, and names the absent', async () => {
    const absent = randomId();
    const ids = [demoPerson(3).id, absent, demoPerson(2).id];
    const answer = await get(`/users?limit=1&ids=${ids.join(',')}`).expect(200);
    expect(answer.body.nextCursor).toBeNull();
    expect(answer.body.items.map(({ username }: Person) => username)).toEqual([
      'user002',
      'user003',
    ]);
    expect(tagsOf(answer)).toEqual([
      { tag: `user:${ids[0]}`, version: 1 },
      { tag: `user:${absent}` },
      { tag: `user:${ids[2]}`, version: 1 },
    ]);
  });

  test('searches by the beginning of user name, name or e-mail, in any case', async () => {
    const found = async (q: string) =>
      (await get(`/users?q=${encodeURIComponent(q)}`).expect(200)).body.items.map(
        ({ username }: Person) => username,
      );
    expect(await found('USER01')).toEqual(['user010', 'user011', 'user012']);
    expect(await found('second fin')).toEqual(['finance2']);
    expect(await found('ser01')).toEqual([]);
    expect(await found('%')).toEqual([]);
    expect(await found('user_1')).toEqual([]);
    expect(await found('\\')).toEqual([]);
  });

  test('refuses a made-up cursor and names every wrong member', async () => {
    expect((await get('/users?cursor=abc').expect(422)).body.issues[0].path).toBe('query.cursor');
    const both = await get('/users?limit=0&status=gone').expect(422);
    expect(both.body.issues.map(({ path }: { path: string }) => path).sort()).toEqual([
      'query.limit',
      'query.status',
    ]);
  });
});

describe('counts', () => {
  test('are of everybody, by state, and change at the next UTC midnight by themselves', async () => {
    const beforeMs = Date.now();
    const answer = await get('/user-counts').expect(200);
    expect(answer.body).toMatchObject({ total: PEOPLE + STAFF, suspended: 0 });
    expect(answer.body.active).toBe(PEOPLE + STAFF);
    const until = new Date(answer.headers[HEADERS.cacheUntil] ?? '');
    expect(until.getTime() % 86_400_000).toBe(0);
    expect(until.getTime()).toBeGreaterThan(beforeMs);
    expect(until.getTime() - Date.now()).toBeLessThanOrEqual(86_400_000);
    expect(tagsOf(answer)).toEqual([{ tag: 'users' }]);
  });
});

describe('a quota', () => {
  test('is answered to whoever asks for its person; an absent one names its tag', async () => {
    const { id } = demoPerson(1);
    const answer = await get(`/quotas/${id}`).expect(200);
    expect(answer.body).toMatchObject({ userId: id, devicesLimit: 5, devicesUsed: 3, version: 1 });
    expect(tagsOf(answer)).toEqual([{ tag: `quota:${id}`, version: 1 }]);
    const nobody = randomId();
    expect(tagsOf(await get(`/quotas/${nobody}`).expect(404))).toEqual([
      { tag: `quota:${nobody}` },
    ]);
  });
});

describe('changing a person', () => {
  test('raises the version and tells the whole of it', async () => {
    const { id } = demoPerson(4);
    const answer = await patch(id, { name: '  Ada King ' }).expect(200);
    expect(answer.body).toMatchObject({ name: 'Ada King', version: 2 });
    expect(answer.headers.etag).toBe('"2"');
    expect(await eventsOf(answer)).toEqual([
      { type: 'user.updated', data: { ...answer.body, changedFields: ['name'] } },
    ]);
  });

  test('to what it is already changes nothing and tells nobody', async () => {
    const { id, email } = demoPerson(5);
    const answer = await patch(id, { email }).expect(200);
    expect(answer.body.version).toBe(1);
    expect(answer.headers[HEADERS.eventIds]).toBeUndefined();
  });

  test('of two who saw the same version one succeeds, the other is told the present one', async () => {
    const { id } = demoPerson(6);
    const answers = await Promise.all(
      ['One', 'Two'].map((name) => patch(id, { name }).set('If-Match', '"1"')),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.body).toMatchObject({ code: 'version_conflict', currentVersion: 2 });
    expect((await get(`/users/${id}`)).body.version).toBe(2);
  });

  test('to an e-mail address of somebody else is refused, in any case', async () => {
    const answer = await patch(demoPerson(7).id, { email: 'User001@Example.com' }).expect(409);
    expect(answer.body.code).toBe('already_exists');
  });

  test('names every member that is wrong, and takes no unknown one', async () => {
    const { id } = demoPerson(7);
    const answer = await patch(id, { email: 'x', name: '', role: 'admin' }).expect(422);
    expect(answer.body.issues.map(({ path }: { path: string }) => path).sort()).toEqual([
      'body.email',
      'body.name',
      'body.role',
    ]);
    const zone = await patch(id, { timeZone: 'Mars/Olympus' }).expect(422);
    expect(zone.body.issues[0].path).toBe('body.timeZone');
    await patch(id, {}).expect(422);
    await patch(randomId(), { name: 'Nobody' }).expect(404);
  });
});

const get = (path: string) => request(service.url).get(path).set(service.as());

const patch = (id: string, changes: Record<string, unknown>) =>
  request(service.url).patch(`/users/${id}`).set(service.as()).send(changes);

const tagsOf = (answer: request.Response) => parseCacheTags(answer.headers['cache-tags'] ?? '');

async function eventsOf(answer: request.Response) {
  const events = await service.published((answer.headers[HEADERS.eventIds] ?? '').split(','));
  return events.map(({ type, data }) => ({ type, data }));
}
