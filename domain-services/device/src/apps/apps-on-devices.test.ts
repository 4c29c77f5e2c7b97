import type { EventBody } from '@cloudphone/contracts';
import { demoDevice, demoPerson } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, until } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { createDeviceWorld, type DeviceWorld, receiver } from '../fixtures/device-world.ts';

const DEVICE = demoDevice(1, 1);
const settings = { retryAfterMs: 10 };

const request = (
  changes: Partial<EventBody<'app.install_requested'>> = {},
): EventBody<'app.install_requested'> => ({
  installationId: randomId(),
  deviceId: DEVICE.id,
  appId: randomId(),
  appName: 'Almanac',
  packageName: 'org.example.calendar',
  appVersion: '2.0.8',
  ownerId: demoPerson(1).id,
  at: new Date().toISOString(),
  ...changes,
});
const askFor = (world: DeviceWorld, kind: 'install' | 'uninstall', data = request()) =>
  world.publish({ type: `app.${kind}_requested`, data });
/** `outcome: error` of every answer, in order. */
const answers = async (world: DeviceWorld) =>
  (await world.told('app.install_completed', 'app.uninstall_completed')).map(
    ({ data }) => `${data.outcome}: ${data.error}`,
  );
const answered = (world: DeviceWorld, count = 1) =>
  until(async () => (await answers(world)).length >= count, {
    what: 'an answer',
  });

describe('what is asked for on a device', () => {
  test('is done by the provider and answered with the request', async () => {
    const world = await createDeviceWorld({ settings });
    const data = request();
    await askFor(world, 'install', data);
    await answered(world);
    await askFor(world, 'uninstall', data);
    await answered(world, 2);
    expect(await answers(world)).toEqual(['installed: null', 'removed: null']);
    const [installed] = await world.told('app.install_completed');
    expect(installed?.data).toMatchObject({
      ...data,
      at: expect.any(String),
      outcome: 'installed',
    });
    expect(world.calls).toEqual([
      'install org.example.calendar 2.0.8',
      'uninstall org.example.calendar 2.0.8',
    ]);
  });

  test('is tried three times, and a refusal that lasts is told', async () => {
    const script = {
      [DEVICE.name]: {
        install: { error: 'no space left', times: 2 },
        uninstall: { error: 'it is in use' },
      },
    };
    const world = await createDeviceWorld({ settings, script });
    await askFor(world, 'install');
    await askFor(world, 'uninstall');
    await answered(world, 2);
    expect(await answers(world)).toEqual(['installed: null', 'failed: it is in use']);
    expect(world.calls).toHaveLength(6);
  });

  test('happens one after the other, in the order in which it was asked for', async () => {
    const script = { [DEVICE.name]: { install: { latencyMs: 100 }, uninstall: { latencyMs: 0 } } };
    const world = await createDeviceWorld({ settings, script });
    const data = request();
    await askFor(world, 'install', data);
    await askFor(world, 'uninstall', data);
    await askFor(world, 'install', { ...data, appVersion: '3.0.0' });
    await answered(world, 3);
    expect(world.calls.map((call) => call.split(' ').at(0))).toEqual([
      'install',
      'uninstall',
      'install',
    ]);
    expect(await answers(world)).toEqual(['installed: null', 'removed: null', 'installed: null']);
  });

  test('on a device that is gone, or somebody else’s, is answered at once', async () => {
    const world = await createDeviceWorld({ settings });
    await askFor(world, 'install', request({ deviceId: randomId() }));
    await askFor(world, 'install', request({ ownerId: demoPerson(2).id }));
    await askFor(world, 'uninstall', request({ deviceId: randomId() }));
    await answered(world, 3);
    const gone = 'failed: The device is not there any more.';
    expect((await answers(world)).sort()).toEqual([gone, gone, 'removed: null']);
    expect(world.calls).toEqual([]);
  });

  test('is dropped when the device changes hands: it is wiped, and starts anew', async () => {
    const script = { [DEVICE.name]: { install: { latencyMs: 60_000 } } };
    const world = await createDeviceWorld({ settings, script });
    await askFor(world, 'install');
    await until(() => world.calls.length === 1);
    await world.ask('post', `/devices/${DEVICE.id}/transfer`).send(receiver(2)).expect(200);
    await until(() => world.calls.includes(`wipe ${DEVICE.name}`));
    expect(await answers(world)).toEqual([]);
  });

  test('survives the end of the process: another does it, and two do it once', async () => {
    const databaseUrl = await testPostgres().freshDatabase();
    const redisUrl = (await testRedis()).url;
    const script = { '*': { install: { latencyMs: 60_000 } } };
    const first = await createDeviceWorld({ settings, script, databaseUrl, redisUrl });
    await askFor(first, 'install');
    await until(() => first.calls.length === 1);
    await first.service.close();
    const worlds = await Promise.all(
      [1, 2].map(() => createDeviceWorld({ settings, databaseUrl, redisUrl })),
    );
    const [second] = worlds;
    if (second === undefined) throw new Error('no world');
    await answered(second);
    expect(worlds.flatMap(({ calls }) => calls)).toHaveLength(1);
    expect(await answers(second)).toEqual(['installed: null']);
  });
});
