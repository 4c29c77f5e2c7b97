import {
  DEMO_STAFF,
  demoPerson,
  startTestService,
  type TestService,
} from '@cloudphone/domain-service';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import type { UserTables } from '../schema.ts';
import { userService } from '../user-service.ts';

const PEOPLE = 12;
let service: TestService<UserTables>;
beforeAll(async () => {
  const redisUrl = (await testRedis()).url;
  const databaseUrl = await testPostgres().freshDatabase();
  service = await startTestService(userService, { databaseUrl, redisUrl }, { seedPeople: PEOPLE });
  whenDone(service.close);
});

const people = Array.from({ length: PEOPLE }, (_, index) => demoPerson(index + 1));
const everybody = [...people, ...DEMO_STAFF].map(({ id }) => id).sort();
const listed = async (query: string, cursor?: string): Promise<string[]> => {
  const { body } = await request(service.url)
    .get(`/segment/people?${query}${cursor === undefined ? '' : `&cursor=${cursor}`}`)
    .set(service.as())
    .expect(200);
  return body.nextCursor === null
    ? body.userIds
    : [...body.userIds, ...(await listed(query, body.nextCursor))];
};

describe('people for a segment', () => {
  test('come in the order of their ids, each once, however small the pages', async () => {
    expect(await listed('limit=5')).toEqual(everybody);
  });

  test('are those who fit every condition', async () => {
    expect(await listed('roles=admin,support&limit=2')).toHaveLength(
      DEMO_STAFF.filter(({ roles }) => roles.some((role) => ['admin', 'support'].includes(role)))
        .length,
    );
    expect(await listed('roles=admin&status=suspended')).toEqual([]);
    const { tenantId } = demoPerson(1);
    expect(await listed(`tenantId=${tenantId}&roles=customer`)).toEqual(
      people
        .filter((person) => person.tenantId === tenantId)
        .map(({ id }) => id)
        .sort(),
    );
  });

  test('were here when they logged in', async () => {
    const { id, username } = demoPerson(3);
    const before = encodeURIComponent(new Date(Date.now() - 60_000).toISOString());
    await request(service.url)
      .post('/auth/login')
      .set(service.as())
      .send({ username, password: 'user-demo' })
      .expect(200);
    expect(await listed(`seenSince=${before}`)).toEqual([id]);
    expect(await listed(`notSeenSince=${before}`)).toEqual(everybody.filter((one) => one !== id));
  });
});

describe('people of a file', () => {
  test('are found by id, by e-mail in any case and by user name; others are left out', async () => {
    const [one, two, three] = [demoPerson(1), demoPerson(2), demoPerson(3)];
    const { body } = await request(service.url)
      .post('/segment/find-people')
      .set(service.as())
      .send({
        userIds: [one.id, '00000000-0000-4000-8000-000000000000'],
        emails: [two.email.toUpperCase(), 'nobody@example.com'],
        usernames: [three.username, "o'nobody"],
      })
      .expect(200);
    expect(body.people.map((person: { userId: string }) => person.userId).sort()).toEqual(
      [one.id, two.id, three.id].sort(),
    );
  });
});
