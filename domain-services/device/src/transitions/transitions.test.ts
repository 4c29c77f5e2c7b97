import { type Device, HEADERS, type Identity, SYSTEM_IDENTITY } from '@cloudphone/contracts';
import { demoDevice, demoPerson, startTestService } from '@cloudphone/domain-service';
import { connectPostgres } from '@cloudphone/postgres';
import { pause, randomId, silentLogger, systemClock, traceIdOf } from '@cloudphone/runtime';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { deviceService } from '../device-service.ts';
import type { Provider } from '../provider/provider.ts';
import { createSimulatedProvider, type ProviderScript } from '../provider/simulated-provider.ts';
import type { DeviceTables } from '../schema.ts';

// Of the demo's first devices, 2 and 3 run, 5 and 6 are stopped.
const RUNNING = demoDevice(1, 2);
const STOPPED = demoDevice(2, 2);

describe('starting a device', () => {
  test('is answered at once, ends in running, and each step is told', async () => {
    const world = await createWorld();
    const answer = await world.ask('start', STOPPED.id).expect(202);
    expect(answer.body).toMatchObject({ status: 'starting', version: 2 });
    expect(answer.headers[HEADERS.eventIds]).toMatch(/^[0-9a-f-]{36}$/);
    await world.settled(STOPPED.id, 'running');
    expect(await world.told(STOPPED.id)).toEqual([
      ['device.status_changed', 'starting', 2],
      ['device.started', 'running', 3],
    ]);
  });

  test('that the provider refuses ends in error with its reason, and may be tried again', async () => {
    const script = { [STOPPED.name]: { start: { error: 'no node has room', times: 1 } } };
    const world = await createWorld({ script });
    await world.ask('start', STOPPED.id).expect(202);
    const failed = await world.settled(STOPPED.id, 'error');
    expect(failed.lastError).toBe('no node has room');
    expect((await world.told(STOPPED.id)).at(-1)).toEqual(['device.error', 'error', 3]);
    const again = await world.ask('start', STOPPED.id).expect(202);
    expect(again.body).toMatchObject({ status: 'starting', lastError: null });
    await world.settled(STOPPED.id, 'running');
  });

  test('that is asked for again changes nothing and tells nobody', async () => {
    const world = await createWorld({ latencyMs: 60_000 });
    await world.ask('start', STOPPED.id).expect(202);
    const again = await world.ask('start', STOPPED.id).expect(202);
    expect(again.body).toMatchObject({ status: 'starting', version: 2 });
    expect(again.headers[HEADERS.eventIds]).toBeUndefined();
    expect((await world.ask('start', RUNNING.id).expect(202)).body.version).toBe(1);
  });

  test('asked for ten times at once happens once', async () => {
    const calls: string[] = [];
    const world = await createWorld({}, counting(calls));
    await Promise.all(Array.from({ length: 10 }, () => world.ask('start', STOPPED.id).expect(202)));
    await world.settled(STOPPED.id, 'running');
    expect(calls).toEqual([`start ${STOPPED.name}`]);
    expect(await world.told(STOPPED.id)).toHaveLength(2);
  });
});

describe('what is told of a step', () => {
  test('is of the trace of the request that asked, and in the name of who did, to its end', async () => {
    const world = await createWorld();
    const traceId = 'a'.repeat(32);
    const asker = customer(2);
    const traceparent = `00-${traceId}-${'b'.repeat(16)}-01`;
    await world.ask('start', STOPPED.id, asker).set('traceparent', traceparent).expect(202);
    await world.settled(STOPPED.id, 'running');
    expect(await world.causesOf(STOPPED.id)).toEqual([
      ['device.status_changed', traceId, asker.userId],
      ['device.started', traceId, asker.userId],
    ]);
  });
});

describe('a step that does not lead on', () => {
  test('is a 409: a stopping device cannot be started, nor one in error stopped', async () => {
    const world = await createWorld({ latencyMs: 60_000 });
    await world.ask('stop', RUNNING.id).expect(202);
    const refused = await world.ask('start', RUNNING.id).expect(409);
    expect(refused.body.code).toBe('state_conflict');

    const script = { [STOPPED.name]: { start: { error: 'no' } } };
    const failing = await createWorld({ script });
    await failing.ask('start', STOPPED.id).expect(202);
    await failing.settled(STOPPED.id, 'error');
    await failing.ask('stop', STOPPED.id).expect(409);
  });
});

describe('who may ask', () => {
  test('its owner may; for any other customer the device does not exist', async () => {
    const world = await createWorld();
    await world.ask('start', STOPPED.id, customer(1)).expect(404);
    await world.ask('start', STOPPED.id, customer(2)).expect(202);
    await world.ask('start', randomId()).expect(404);
  });
});

describe('steps survive', () => {
  test('the death of the process that worked on them: another ends them when the claim is over', async () => {
    const databaseUrl = await testPostgres().freshDatabase();
    const first = await createWorld({ databaseUrl, latencyMs: 60_000 });
    await first.ask('start', STOPPED.id).expect(202);
    await first.close();
    await leaveClaimedByTheDead(databaseUrl, STOPPED.id);
    const second = await createWorld({ databaseUrl });
    await second.settled(STOPPED.id, 'running');
  });

  test('the orderly end of a process: what it had begun is handed back, not waited for', async () => {
    const databaseUrl = await testPostgres().freshDatabase();
    const first = await createWorld({ databaseUrl, latencyMs: 60_000 });
    await first.ask('start', STOPPED.id).expect(202);
    await until(() => first.isClaimed(STOPPED.id));
    await first.close();
    const second = await createWorld({ databaseUrl });
    await second.settled(STOPPED.id, 'running');
    expect(await second.told(STOPPED.id)).toHaveLength(2);
  });

  test('two replicas: each step is performed by one of them', async () => {
    const databaseUrl = await testPostgres().freshDatabase();
    const redis = await testRedis();
    const calls: string[] = [];
    const engines = { databaseUrl, redisUrl: redis.url, seedPeople: 20 };
    const replicas = [
      await createWorld(engines, counting(calls)),
      await createWorld(engines, counting(calls)),
    ] as const;
    const stopped = (await replicas[0].list('stopped')).slice(0, 20);
    await Promise.all(
      stopped.map(({ id }, index) =>
        replicas[index % 2 === 0 ? 0 : 1].ask('start', id).expect(202),
      ),
    );
    for (const { id } of stopped) await replicas[0].settled(id, 'running');
    expect([...calls].sort()).toEqual(stopped.map(({ name }) => `start ${name}`).sort());
  });
});

interface WorldOptions {
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  readonly latencyMs?: number;
  readonly script?: ProviderScript;
  readonly seedPeople?: number;
}

async function createWorld(options: WorldOptions = {}, ownProvider?: Provider) {
  const { latencyMs = 0, script = {} } = options;
  const provider =
    ownProvider ?? createSimulatedProvider({ clock: systemClock, latencyMs, script });
  const service = await startTestService(
    deviceService(provider),
    {
      databaseUrl: options.databaseUrl ?? (await testPostgres().freshDatabase()),
      redisUrl: options.redisUrl ?? (await testRedis()).url,
    },
    { seedPeople: options.seedPeople ?? 3 },
  );
  whenDone(service.close);
  const { db } = service.tools.postgres;
  const get = (path: string) => request(service.url).get(path).set(service.as());
  return {
    close: service.close,
    ask: (step: 'start' | 'stop', id: string, identity?: Identity) =>
      request(service.url).post(`/devices/${id}/${step}`).set(service.as(identity)),
    list: async (status: string): Promise<Device[]> =>
      (await get(`/devices?limit=200&status=${status}`).expect(200)).body.items,
    settled: (id: string, status: string): Promise<Device> =>
      until(
        async () => {
          const { body } = await get(`/devices/${id}`).expect(200);
          return body.status === status && (body as Device);
        },
        { what: `the device to be ${status}` },
      ),
    isClaimed: async (id: string) => {
      const row = await db
        .selectFrom('devices')
        .select('work_claim')
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      return row.work_claim !== null;
    },
    /** What was published of a device: type, trace, actor, in order. */
    causesOf: async (id: string) =>
      (await service.published())
        .filter(({ data }) => data.id === id)
        .map(({ type, traceparent = '', actorid }) => [type, traceIdOf(traceparent), actorid]),
    /** What was published of a device: type, status, version, in order. */
    told: async (id: string) =>
      (await service.published())
        .map(({ type, data }) => ({ type, device: data as unknown as Device }))
        .filter(({ device }) => device.id === id)
        .map(({ type, device }) => [type, device.status, device.version]),
  };
}

/** As a killed process leaves it: claimed, by nobody who is still there. */
async function leaveClaimedByTheDead(databaseUrl: string, id: string): Promise<void> {
  const postgres = connectPostgres<DeviceTables>({
    url: databaseUrl,
    name: 'dead',
    logger: silentLogger,
  });
  await postgres.db
    .updateTable('devices')
    .set({ work_claim: randomId(), work_until: new Date(Date.now() + 500) })
    .where('id', '=', id)
    .execute();
  await postgres.close();
}

const customer = (n: number): Identity => ({
  ...SYSTEM_IDENTITY,
  userId: demoPerson(n).id,
  tenantId: demoPerson(n).tenantId,
  roles: ['customer'],
  permissions: [],
});

const counting = (calls: string[]): Provider => ({
  ...createSimulatedProvider({ clock: systemClock, latencyMs: 0, script: {} }),
  perform: async (step, device, signal) => {
    calls.push(`${step} ${device.name}`);
    await pause(systemClock, 20, signal);
    return { isDone: true };
  },
});
