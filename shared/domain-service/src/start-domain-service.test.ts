import { HEADERS, SYSTEM_IDENTITY } from '@cloudphone/contracts';
import type { EventLogTables } from '@cloudphone/event-log';
import { defineRoute } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import { connectRedis, createLogStore, whenReady } from '@cloudphone/redis';
import { pause, silentLogger } from '@cloudphone/runtime';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { demoPerson } from './demo/demo-people.ts';
import type { DomainService, ServiceTools } from './service-definition.ts';
import { startTestService } from './start-test-service.ts';

interface Tables extends EventLogTables {
  greeting: { name: string };
}

describe('a domain service', () => {
  test('serves its routes, its documents, its health and its metrics', async () => {
    const { get, read } = await createWorld();
    expect(await read('/greetings')).toEqual({ greetings: [] });
    expect((await read('/openapi.json')).openapi).toBe('3.1.0');
    expect((await get('/healthz')).status).toBe(200);
    const ok = { status: 'ok' };
    await until(async () => {
      expect((await read('/readyz')).parts).toMatchObject({ postgres: ok, redis: ok, outbox: ok });
      return true;
    });
    expect(await (await get('/metrics')).text()).toContain('process_cpu');
  });

  test('starts, reads and writes while Redis is away; what it wrote is told when it is there', async () => {
    const redis = await testRedis();
    await redis.kill();
    const { greet, get, read } = await createWorld({ redisUrl: redis.url });
    const answer = await greet('Ada');
    expect(answer.status).toBe(200);
    expect(await read('/greetings')).toEqual({ greetings: ['Ada'] });
    const ready = await until(async () => {
      const answer = await get('/readyz');
      return answer.status === 200 && answer;
    });
    expect(await ready.json()).toMatchObject({ status: 'degraded' });
    await redis.restart();
    const eventId = answer.headers.get(HEADERS.eventIds) ?? '';
    await until(() => isInLog(redis.url, eventId), { what: 'the event' });
  });

  test('the same request under the same key is worked on once, Redis or not', async () => {
    const redis = await testRedis();
    const { greet, read } = await createWorld({ redisUrl: redis.url });
    const first = await greet('Ada', 'key-1');
    await redis.kill();
    const again = await greet('Ada', 'key-1');
    expect(again.headers.get(HEADERS.eventIds)).toBe(first.headers.get(HEADERS.eventIds));
    expect(await again.json()).toEqual(await first.json());
    expect((await greet('Bob', 'key-1')).status).toBe(422);
    expect(await read('/greetings')).toEqual({ greetings: ['Ada'] });
  });

  test('that gets more demo data once it was served from ends the log’s epoch, and only then', async () => {
    const redis = await testRedis();
    const engines = { databaseUrl: await testPostgres().freshDatabase(), redisUrl: redis.url };
    const epochAfterStart = async (seedPeople: number) => {
      const service = await startTestService({ ...greetings, seed: async () => {} }, engines, {
        seedPeople,
      });
      const store = createLogStore({ connection: service.tools.redis, logger: silentLogger });
      await whenReady(service.tools.redis, 30_000);
      const isOver = async () => {
        const { rows } = await sql<{ must_end_epoch: boolean }>`
          select must_end_epoch from demo_seed`.execute(service.tools.postgres.db);
        return rows[0]?.must_end_epoch === false;
      };
      await until(isOver, { what: 'the end of the epoch' });
      const { epoch } = await until(() => store.read());
      await service.close();
      return epoch;
    };
    const first = await epochAfterStart(2);
    expect(await epochAfterStart(2)).toBe(first);
    expect(await epochAfterStart(4)).not.toBe(first);
  });

  test('answers what was asked before it closes, and nothing after', async () => {
    const { get, close } = await createWorld();
    const before = slowlyBegun;
    const slow = get('/slowly');
    await until(() => slowlyBegun > before);
    const closing = close();
    expect((await slow).status).toBe(200);
    await closing;
    await expect(get('/healthz')).rejects.toThrow();
  });

  test('does not start over a migration that fails', async () => {
    const broken: DomainService<Tables> = {
      ...greetings,
      migrations: [{ name: '100-broken', up: () => Promise.reject(new Error('broken')) }],
    };
    const engines = {
      databaseUrl: await testPostgres().freshDatabase(),
      redisUrl: (await testRedis()).url,
    };
    await expect(startTestService(broken, engines)).rejects.toThrow('migration 100-broken failed');
  });
});

test('a write without an event does not compile', () => {
  const misuse = ({ db, writer }: ServiceTools<Tables>) => {
    // @ts-expect-error: reads only
    db.insertInto('greeting');
    // @ts-expect-error: at least one event
    return writer.write(async () => ({ result: undefined, events: [] }));
  };
  expect(misuse).toBeTypeOf('function');
});

/** How many have begun to be answered slowly. */
let slowlyBegun = 0;

const greetings: DomainService<Tables> = {
  name: 'user',
  migrations: [
    {
      name: '100-greeting',
      up: async (db) => void (await sql`create table greeting (name text)`.execute(db)),
    },
  ],
  routes: ({ db, writer, clock }) => [
    defineRoute({
      method: 'GET',
      path: '/greetings',
      summary: 'Who was greeted',
      access: { kind: 'internal' },
      handle: async () => {
        const rows = await db.selectFrom('greeting').select('name').execute();
        return { body: { greetings: rows.map(({ name }) => name) } };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/greetings',
      summary: 'Greet somebody',
      access: { kind: 'internal' },
      body: z.strictObject({ name: z.string() }),
      handle: async ({ body }) => {
        const { eventIds } = await writer.write(async (tx) => {
          await tx.insertInto('greeting').values(body).execute();
          const at = new Date(clock.now()).toISOString();
          const data = { userId: demoPerson(1).id, sessionId: demoPerson(1).id, at };
          return { result: undefined, events: [{ type: 'user.login', data }] };
        });
        return { body: { greeted: body.name }, eventIds };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/slowly',
      summary: 'An answer that takes its time',
      access: { kind: 'internal' },
      handle: async () => {
        slowlyBegun += 1;
        await pause(clock, 300);
        return { body: {} };
      },
    }),
  ],
};

async function createWorld(changes: { redisUrl?: string } = {}) {
  const service = await startTestService(greetings, {
    databaseUrl: await testPostgres().freshDatabase(),
    redisUrl: changes.redisUrl ?? (await testRedis()).url,
  });
  whenDone(service.close);
  const as = service.as(SYSTEM_IDENTITY);
  const get = (path: string) => fetch(`${service.url}${path}`, { headers: as });
  return {
    close: service.close,
    get,
    read: async (path: string) => (await (await get(path)).json()) as Record<string, unknown>,
    greet: (name: string, key?: string) =>
      fetch(`${service.url}/greetings`, {
        method: 'POST',
        headers: {
          ...as,
          'content-type': 'application/json',
          ...(key === undefined ? {} : { [HEADERS.idempotencyKey]: key }),
        },
        body: JSON.stringify({ name }),
      }),
  };
}

async function isInLog(redisUrl: string, eventId: string): Promise<boolean> {
  const connection = connectRedis({
    url: redisUrl,
    name: 'reader',
    manner: 'fail-fast',
    commandTimeoutMs: 20_000,
    logger: silentLogger,
  });
  try {
    await whenReady(connection, 1_000);
    const store = createLogStore({ connection, logger: silentLogger });
    return (await store.readAfter(0, { count: 100 })).some(({ id }) => id === eventId);
  } finally {
    await connection.close();
  }
}
