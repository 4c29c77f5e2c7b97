import { HEADERS } from '@cloudphone/contracts';
import { defineReaction, type EventLogTables } from '@cloudphone/event-log';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { demoPerson } from './demo/demo-people.ts';
import type { DomainService } from './service-definition.ts';
import { startTestService } from './start-test-service.ts';

describe('what operators ask every service about its events', () => {
  test('lists dead letters page by page, shows one, and says what the answer was built from', async () => {
    const { ask, login } = await createWorld();
    for (let n = 0; n < 3; n++) await login();
    const page = await until(async () => {
      const found = await ask('GET', '/dead-letters?limit=2&type=user.login');
      return found.body.items.length === 2 && found.body.nextCursor !== null && found;
    });
    expect(page.headers.get(HEADERS.cacheTags)).toBe('dead-letters-of:user');
    const [first] = page.body.items;
    expect(first).toMatchObject({ state: 'parked', type: 'user.login', attempts: 3 });
    const { body: rest } = await ask('GET', `/dead-letters?limit=2&cursor=${page.body.nextCursor}`);
    expect(rest.items).toHaveLength(1);
    const one = await ask('GET', `/dead-letters/${first.eventId}`);
    expect(one.body).toMatchObject({
      envelope: { id: first.eventId },
      error: expect.stringContaining('broken'),
    });
    expect((await ask('GET', '/dead-letters/none')).status).toBe(404);
    expect((await ask('GET', '/dead-letters?state=nowhere')).status).toBe(422);
  });

  test('replays what is asked for, once, and tells by events that it did', async () => {
    const { ask, login, service, repair } = await createWorld();
    await login();
    const [letter] = await until(async () => {
      const { body } = await ask('GET', '/dead-letters');
      return body.items.length === 1 && body.items;
    });
    repair();
    const asked = await ask('POST', '/dead-letters/replay', { ids: [letter.eventId] });
    expect([asked.status, asked.body]).toEqual([202, { accepted: 1 }]);
    await until(async () => (await ask('GET', '/dead-letters')).body.items.length === 0);
    const told = (await service.published()).map(({ type }) => type);
    expect(told.filter((type) => type.startsWith('system.'))).toEqual([
      'system.dead_letter',
      'system.dead_letters_judged',
      'system.dead_letter_settled',
    ]);
    expect((await ask('POST', '/dead-letters/discard', { filter: {} })).body.accepted).toBe(0);
  });

  test('says how far its events are, in and out', async () => {
    const { ask, login } = await createWorld();
    await login();
    const flow = await until(async () => {
      const { body } = await ask('GET', '/event-flow');
      const isQuiet = body.outbox.waiting === 0 && body.follower.lagRows === 0;
      return body.deadLetters.parked === 1 && isQuiet && body;
    });
    expect(flow).toMatchObject({
      outbox: { waiting: 0, refused: 0, isRelaying: true },
      follower: { group: 'user', isFollowing: true },
      deadLetters: { parked: 1, held: 0 },
    });
  });
});

async function createWorld() {
  let isBroken = true;
  const service: DomainService<EventLogTables> = {
    name: 'user',
    migrations: [],
    routes: () => [],
    reactions: () => [
      defineReaction<'user.login', EventLogTables>({
        on: 'user.login',
        name: 'note-login',
        run: () => (isBroken ? Promise.reject(new Error('broken')) : Promise.resolve([])),
      }),
    ],
  };
  const running = await startTestService(service, {
    databaseUrl: await testPostgres().freshDatabase(),
    redisUrl: (await testRedis()).url,
  });
  whenDone(running.close);
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${running.url}${path}`, {
      method,
      headers: { ...running.as(), 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return {
      status: answer.status,
      headers: answer.headers,
      body: JSON.parse(await answer.text()),
    };
  };
  let people = 0;
  const login = () => {
    const { id: userId } = demoPerson(++people);
    const data = { userId, sessionId: userId, at: new Date().toISOString() };
    return running.tools.writer.write(async () => ({
      result: 0,
      events: [{ type: 'user.login', data }],
    }));
  };
  const repair = () => {
    isBroken = false;
  };
  return { service: running, ask, login, repair };
}
