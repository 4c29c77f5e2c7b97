import { demoDevice, demoPerson } from '@cloudphone/domain-service';
import { until } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { createDeviceWorld, customer } from '../fixtures/device-world.ts';

const RUNNING = demoDevice(1, 2);
const settings = { healthEveryMs: 30 };

describe('a running device that the provider does not reach', () => {
  test('is unreachable, once, and running again when it is reached', async () => {
    const script = { [RUNNING.name]: { health: { error: 'its node is silent', times: 3 } } };
    const world = await createDeviceWorld({ settings, script });
    const [lost] = await world.heard('device.connection_lost');
    expect(lost).toMatchObject({
      id: RUNNING.id,
      status: 'unreachable',
      lastError: 'its node is silent',
      ownerId: demoPerson(1).id,
    });
    const back = await world.settled(RUNNING.id, 'running');
    expect(back).toMatchObject({ lastError: null, version: 3 });
    expect((await world.told()).map(({ type }) => type)).toEqual([
      'device.connection_lost',
      'device.status_changed',
    ]);
  });

  test('can be restarted or stopped by its owner meanwhile', async () => {
    const script = { [RUNNING.name]: { health: { error: 'its node is silent' } } };
    const world = await createDeviceWorld({ settings, script });
    await world.settled(RUNNING.id, 'unreachable');
    const stop = await world.ask('post', `/devices/${RUNNING.id}/stop`, customer(1)).expect(202);
    expect(stop.body.lastError).toBeNull();
    await world.settled(RUNNING.id, 'stopped');
  });
});

test('a stopped device is not asked about', async () => {
  const stopped = demoDevice(2, 2);
  const script = { [stopped.name]: { health: { error: 'off' } } };
  const world = await createDeviceWorld({ settings, script });
  await until(async () => {
    const { text } = await world.ask('get', '/metrics');
    return /cloudphone_provider_calls_total\{step="health",outcome="done".*\} (?:[2-9]|\d{2,})/.test(
      text,
    );
  });
  expect(await world.told()).toEqual([]);
});
