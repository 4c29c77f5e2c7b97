import { HEADERS } from '@cloudphone/contracts';
import { randomId } from '@cloudphone/runtime';
import { beforeAll, expect, test } from 'vitest';
import { startUserWorld, type UserWorld } from '../fixtures/user-world.ts';

let world: UserWorld;
beforeAll(async () => {
  world = await startUserWorld();
});

const active = (query = '') => world.ask('get', `/active-users${query}`).expect(200);
const note = (userIds: string[]) => world.ask('post', '/activity').send({ userIds });
const longAgo = (n: number, minutes: number) =>
  world.db
    .updateTable('activity')
    .set({ seen_at: new Date(Date.now() - minutes * 60_000) })
    .where('person_id', '=', world.person(n).id)
    .execute();

test('people are here when they log in, refresh, or a BFF says so; the latest come first', async () => {
  const { refreshToken } = (await world.logIn(world.person(1).username, 'user-demo')).body;
  await longAgo(1, 60);
  expect((await active()).body).toEqual({ userIds: [], people: [] });
  await note([world.person(2).id, randomId(), world.person(2).id]).expect(200);
  await world.ask('post', '/auth/refresh').send({ refreshToken }).expect(200);
  const answer = await active();
  expect(answer.body.userIds).toEqual([world.person(1).id, world.person(2).id]);
  expect((await active('?limit=1')).body.userIds).toEqual([world.person(1).id]);
});

test('the answer is of that moment: no tag, and no time that it may be kept for', async () => {
  const { headers } = await active();
  expect(headers['cache-tags']).toBeUndefined();
  expect(Date.parse(headers[HEADERS.cacheUntil] ?? '')).toBeLessThanOrEqual(Date.now());
});

test('who was here longer ago, is suspended or gone is not named', async () => {
  await note([3, 4, 5].map((n) => world.person(n).id)).expect(200);
  await longAgo(3, 16);
  await world.ask('post', `/users/${world.person(4).id}/suspend`).expect(200);
  await world.ask('delete', `/users/${world.person(5).id}`).expect(200);
  const { userIds } = (await active()).body;
  for (const n of [3, 4, 5]) expect(userIds).not.toContain(world.person(n).id);
  expect((await active('?withinMinutes=17')).body.userIds).toContain(world.person(3).id);
});

test('is told by the platform only, and writes a row at most every half minute', async () => {
  const { id } = world.person(6);
  await world
    .ask('post', '/activity', world.asAdmin)
    .send({ userIds: [id] })
    .expect(403);
  const seenAt = async () =>
    (
      await world.db.selectFrom('activity').select('seen_at').where('person_id', '=', id).execute()
    )[0];
  await note([id]).expect(200);
  const first = await seenAt();
  await note([id]).expect(200);
  expect(await seenAt()).toEqual(first);
});
