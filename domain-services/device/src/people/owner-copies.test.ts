import { type Device, HEADERS, type Person } from '@cloudphone/contracts';
import { demoDevice, demoPerson, startTestService } from '@cloudphone/domain-service';
import type { EventLogTables } from '@cloudphone/event-log';
import { systemClock } from '@cloudphone/runtime';
import { type TestRedis, testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { deviceService } from '../device-service.ts';
import { createSimulatedProvider } from '../provider/simulated-provider.ts';

describe('what devices copy of their owner', () => {
  test('follows the owner, and each device tells so itself', async () => {
    const world = await createWorld();
    await world.publish(person({ name: 'Ada King', email: 'ada@example.com', version: 2 }));
    await world.copied('Ada King');
    expect(await world.ownersDevices()).toEqual(
      [1, 2, 3].map((k) => [demoDevice(1, k).name, 'Ada King', 'ada@example.com', 2]),
    );
    expect(await world.told()).toEqual(
      [1, 2, 3].map((k) => [demoDevice(1, k).name, 'Ada King', 2]),
    );
  });

  test('an older version of the owner changes nothing', async () => {
    const world = await createWorld();
    await world.publish(person({ name: 'Newer', version: 3 }));
    await world.publish(person({ name: 'Older', version: 2 }));
    await world.publish(person({ name: 'Newest', version: 4 }));
    await world.copied('Newest');
    expect(await world.told()).toHaveLength(6);
  });

  test('a log that begins anew and brings everything again changes nothing twice', async () => {
    const world = await createWorld();
    await world.publish(person({ name: 'Before', version: 2 }));
    await world.copied('Before');
    await world.redis.restart();
    await world.publish(person({ name: 'After', version: 3 }));
    await world.copied('After');
    expect(await world.told()).toEqual([
      ...[1, 2, 3].map((k) => [demoDevice(1, k).name, 'Before', 2]),
      ...[1, 2, 3].map((k) => [demoDevice(1, k).name, 'After', 3]),
    ]);
  });
});

describe('while Redis is away', () => {
  test('devices are read and asked for; their events follow when it is back', async () => {
    const world = await createWorld();
    await world.redis.kill();
    const { id } = demoDevice(2, 2);
    await world.call.get(`/devices/${id}`).set(world.as()).expect(200);
    const answer = await world.call.post(`/devices/${id}/start`).set(world.as()).expect(202);
    await until(async () => {
      const { body } = await world.call.get(`/devices/${id}`).set(world.as());
      return body.status === 'running';
    });
    await until(async () => {
      const { status, body } = await world.call.get('/readyz');
      return status === 200 && body.status === 'degraded';
    });
    const eventId = answer.headers[HEADERS.eventIds] ?? '';
    expect(await world.isInLog(eventId)).toBe(false);
    await world.redis.restart();
    await until(() => world.isInLog(eventId), { what: 'the event in the log' });
  });
});

async function createWorld() {
  const redis: TestRedis = await testRedis();
  const provider = createSimulatedProvider({ clock: systemClock, latencyMs: 0, script: {} });
  const devices = await startTestService(deviceService(provider), {
    databaseUrl: await testPostgres().freshDatabase(),
    redisUrl: redis.url,
  });
  whenDone(devices.close);
  // Whoever publishes user events; the user service itself is not this package's to know.
  const people = await startTestService<EventLogTables>(
    { name: 'user', migrations: [], routes: () => [] },
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl: redis.url },
  );
  whenDone(people.close);
  const { db } = devices.tools.postgres;
  const ownersDevices = () =>
    db
      .selectFrom('devices')
      .select(['name', 'owner_name', 'owner_email', 'version'])
      .where('owner_id', '=', demoPerson(1).id)
      .orderBy('name')
      .execute();
  return {
    redis,
    call: request(devices.url),
    as: devices.as,
    publish: (data: Person) =>
      people.tools.writer.write(async () => ({
        result: undefined,
        events: [{ type: 'user.updated', data }],
      })),
    copied: (name: string) =>
      until(async () => (await ownersDevices()).every((device) => device.owner_name === name), {
        what: `the copies to say ${name}`,
      }),
    ownersDevices: async () => (await ownersDevices()).map((device) => Object.values(device)),
    /** What the device service said of the copies: name, owner's name, version. */
    told: async () =>
      (await devices.published())
        .filter(({ type }) => type === 'device.updated')
        .map(({ data }) => data as unknown as Device)
        .sort((a, b) => a.version - b.version || (a.name < b.name ? -1 : 1))
        .map((device) => [device.name, device.ownerName, device.version]),
    /** Whether the outbox knows it to be in the log. */
    isInLog: async (eventId: string) => {
      const row = await db
        .selectFrom('outbox')
        .select('log_epoch')
        .where('id', '=', eventId)
        .executeTakeFirstOrThrow();
      return row.log_epoch !== null;
    },
  };
}

function person(changes: Partial<Person>): Person {
  const { id, username, email, name, tenantId, locale, timeZone } = demoPerson(1);
  const at = new Date().toISOString();
  return {
    id,
    username,
    email,
    name,
    tenantId,
    status: 'active',
    roles: ['customer'],
    locale,
    timeZone,
    version: 2,
    createdAt: at,
    updatedAt: at,
    ...changes,
  };
}
