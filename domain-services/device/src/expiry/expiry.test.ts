import { demoDevice } from '@cloudphone/domain-service';
import { testPostgres, testRedis, until } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { createDeviceWorld, createShiftedClock } from '../fixtures/device-world.ts';

const DAY_MS = 24 * 3_600_000;
const EVERY_MS = 20;

async function createWorld() {
  const clock = createShiftedClock();
  const engines = {
    databaseUrl: await testPostgres().freshDatabase(),
    redisUrl: (await testRedis()).url,
  };
  const settings = { expiryEveryMs: EVERY_MS, expiryGraceMs: 3 * DAY_MS };
  const options = { ...engines, clock, settings, people: 1 };
  const world = await createDeviceWorld(options);
  // Device 2 runs; the others never end.
  const { id } = demoDevice(1, 2);
  await world.db
    .updateTable('devices')
    .set({ expires_at: null, expiry_told: null })
    .where('id', '<>', id)
    .execute();
  const endsIn = (ms: number) =>
    world
      .ask('patch', `/devices/${id}`)
      .send({ expiresAt: new Date(clock.now() + ms).toISOString() })
      .expect(200);
  /** `daysLeft` of every warning so far. */
  const warnings = async () =>
    (await world.told('device.expiring_soon')).map(({ data }) => data.daysLeft);
  return { ...world, id, clock, endsIn, warnings, options };
}

describe('a rented device', () => {
  test('is told seven days and one day before its end, once each', async () => {
    const world = await createWorld();
    await world.endsIn(10 * DAY_MS);
    world.clock.forward(2.9 * DAY_MS);
    world.clock.forward(0.2 * DAY_MS);
    await until(async () => (await world.warnings()).length === 1);
    world.clock.forward(3 * DAY_MS);
    world.clock.forward(3 * DAY_MS);
    await until(async () => (await world.warnings()).length === 2);
    world.clock.forward(0.5 * DAY_MS);
    await createDeviceWorld(world.options);
    expect(await world.warnings()).toEqual([7, 1]);
  });

  test('whose end came near unnoticed is told of the last day only', async () => {
    const world = await createWorld();
    await world.endsIn(10 * DAY_MS);
    world.clock.forward(9.5 * DAY_MS);
    await until(async () => (await world.warnings()).length === 1);
    expect(await world.warnings()).toEqual([1]);
  });

  test('is stopped at its end, cannot be started, and is released when the grace is over', async () => {
    const world = await createWorld();
    await world.endsIn(DAY_MS / 2);
    world.clock.forward(DAY_MS);
    const [expired] = await world.heard('device.expired');
    expect(expired?.status).toBe('stopping');
    await world.settled(world.id, 'stopped');
    const refused = await world.ask('post', `/devices/${world.id}/start`).expect(409);
    expect(refused.body.detail).toBe('It has expired.');
    world.clock.forward(2 * DAY_MS);
    expect(await world.told('device.released')).toEqual([]);
    world.clock.forward(DAY_MS);
    await world.heard('device.released');
    await world.isGone(world.id);
    expect(await world.told('device.expired')).toHaveLength(1);
  });

  test('that is renewed after its end can be started again, and is told of its new end', async () => {
    const world = await createWorld();
    await world.endsIn(DAY_MS / 2);
    world.clock.forward(DAY_MS);
    await world.settled(world.id, 'stopped');
    await world.endsIn(30 * DAY_MS);
    await world.ask('post', `/devices/${world.id}/start`).expect(202);
    await world.settled(world.id, 'running');
    world.clock.forward(24 * DAY_MS);
    await until(async () => (await world.warnings()).at(-1) === 7);
    expect(await world.told('device.released')).toEqual([]);
  });
});

test('demo devices that end within a week are no news', async () => {
  const world = await createDeviceWorld({ people: 30, settings: { expiryEveryMs: EVERY_MS } });
  const { body } = await world.ask('get', '/device-counts').expect(200);
  expect(body.expiringSoon).toBeGreaterThan(0);
  expect(await world.told()).toEqual([]);
});
