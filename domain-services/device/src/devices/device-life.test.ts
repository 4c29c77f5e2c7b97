import { definitionOf, deliveriesOf, deviceCalls, type EventBody } from '@cloudphone/contracts';
import { demoDevice, demoPerson } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { until } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  createDeviceWorld,
  customer,
  type DeviceWorld,
  receiver,
} from '../fixtures/device-world.ts';

let world: DeviceWorld;
beforeAll(async () => {
  world = await createDeviceWorld({
    script: {
      unlucky: { create: { error: 'no such model' } },
      sticky: { delete: { error: 'it is in use', times: 1 } },
      'phone-003-3': { wipe: { error: 'it could not be wiped' } },
    },
    settings: { retryAfterMs: 1 },
  });
});

const create = (name: string) => world.ask('post', '/devices').send({ name });
const created = async (name: string) => {
  const { body } = await create(name).expect(202);
  return world.settled(body.id, 'stopped');
};
const typesOf = async (id: string) =>
  (await world.told()).filter(({ data }) => data.id === id).map(({ type }) => type);

test('the device service answers every call of its contract', async () => {
  const { paths } = (await world.ask('get', '/openapi.json').expect(200)).body;
  const answered = Object.values(paths as Record<string, Record<string, { operationId: string }>>)
    .flatMap((methods) => Object.values(methods))
    .map(({ operationId }) => operationId);
  expect(answered).toEqual(expect.arrayContaining(Object.keys(deviceCalls)));
});

describe('creating a device', () => {
  test('is answered at once, takes a place, and ends in a stopped device that nobody rents', async () => {
    const { body } = await create('new phone').expect(202);
    expect(body).toMatchObject({ status: 'creating', ownerId: null, version: 1 });
    const device = await world.settled(body.id, 'stopped');
    expect(device).toMatchObject({ name: 'new phone', version: 2, expiresAt: null });
    expect(await typesOf(body.id)).toEqual(['device.status_changed', 'device.created']);
    const { nodes } = await world.pool();
    const node = nodes.find(({ name }: { name: string }) => name === device.nodeName);
    expect(node.used).toBe(
      (await world.devicesByNode()).find(({ name }) => name === node.name)?.devices,
    );
  });

  test('that the provider refuses is told with its reason, leaves nothing, and frees its place', async () => {
    const { body } = await create('unlucky').expect(202);
    await world.isGone(body.id);
    const [failed] = await world.heard('device.creation_failed');
    expect(failed).toMatchObject({ id: body.id, status: 'error', lastError: 'no such model' });
    for (const { used, devices } of await world.devicesByNode()) expect(used).toBe(devices);
  });

  test('needs a name, and a node that exists and has a place', async () => {
    await world.ask('post', '/devices').send({ name: ' ' }).expect(422);
    const { body } = await world
      .ask('post', '/devices')
      .send({ name: 'x', nodeName: 'nowhere' })
      .expect(409);
    expect(body.code).toBe('no_capacity');
  });
});

describe('changing a device', () => {
  test('is told as the next version, and refused when somebody was faster', async () => {
    const { id } = demoDevice(1, 1);
    const patch = (name: string, version: number) =>
      world.ask('patch', `/devices/${id}`).set('if-match', `"${version}"`).send({ name });
    expect((await patch('renamed', 1).expect(200)).body).toMatchObject({
      name: 'renamed',
      version: 2,
    });
    const { body } = await patch('too late', 1).expect(409);
    expect(body).toMatchObject({ code: 'version_conflict', currentVersion: 2 });
    await patch('renamed', 2).expect(200);
    expect(await typesOf(id)).toEqual(['device.updated']);
    await world.ask('patch', `/devices/${id}`).send({}).expect(422);
    await world.ask('patch', `/devices/${randomId()}`).send({ name: 'x' }).expect(404);
  });

  test('gives no end to a device that nobody rents', async () => {
    const { id } = await created('endless');
    const expiresAt = new Date().toISOString();
    await world.ask('patch', `/devices/${id}`).send({ expiresAt }).expect(409);
  });
});

describe('restarting a device', () => {
  test('brings it back to running, also for its owner, and for nobody else', async () => {
    const { id } = demoDevice(1, 2);
    const restart = (n: number) => world.ask('post', `/devices/${id}/restart`, customer(n));
    await restart(2).expect(404);
    expect((await restart(1).expect(202)).body.status).toBe('restarting');
    await world.settled(id, 'running');
    expect(await typesOf(id)).toEqual(['device.status_changed', 'device.started']);
    const { id: stopped } = demoDevice(2, 2);
    await world.ask('post', `/devices/${stopped}/restart`).expect(409);
  });
});

describe('transferring a device', () => {
  const transfer = (id: string, n: number) =>
    world.ask('post', `/devices/${id}/transfer`).send(receiver(n));

  test('changes its owner at once, wipes it, and tells both what each may hear', async () => {
    const { id, name } = demoDevice(1, 3);
    const { body } = await transfer(id, 2).expect(200);
    expect(body).toMatchObject({ ownerId: demoPerson(2).id, ownerName: demoPerson(2).name });
    await world.ask('post', `/devices/${id}/start`, customer(1)).expect(404);
    const [event] = await world.told('device.transferred');
    expect(event?.tags.split(',')).toEqual(
      expect.arrayContaining([`devices-of:${demoPerson(1).id}`, `devices-of:${demoPerson(2).id}`]),
    );
    const data = event?.data as unknown as EventBody<'device.transferred'>;
    expect(data.formerOwnerId).toBe(demoPerson(1).id);
    expect(definitionOf('device.transferred').class).toBe('access');
    const heard = deliveriesOf({ type: 'device.transferred', data });
    const former = heard.find(({ channel }) => channel === `user:${demoPerson(1).id}`);
    expect(former?.data).toEqual({ id });
    expect(heard.some(({ channel }) => channel === `device:${id}`)).toBe(false);
    await until(() => world.calls.includes(`wipe ${name}`));
  });

  test('to its owner changes nothing; ten times at once it changes hands once', async () => {
    const { id } = demoDevice(2, 1);
    await transfer(id, 2).expect(200);
    expect(await typesOf(id)).toEqual([]);
    await Promise.all(Array.from({ length: 10 }, () => transfer(id, 3).expect(200)));
    expect(await typesOf(id)).toEqual(['device.transferred']);
  });

  test('that cannot be wiped leaves it in error', async () => {
    const { id } = demoDevice(3, 3);
    await transfer(id, 1).expect(200);
    expect((await world.settled(id, 'error')).lastError).toBe('it could not be wiped');
    expect(world.calls.filter((call) => call === 'wipe phone-003-3')).toHaveLength(3);
  });

  test('to somebody who was deleted is refused, whatever the caller believes', async () => {
    const gone = randomId();
    const at = new Date().toISOString();
    const data = { id: gone, tenantId: 'acme', erase: true, version: 2, at };
    await world.publish({ type: 'user.deleted', data });
    const { id } = demoDevice(3, 2);
    const copied = world.db
      .selectFrom('people')
      .select('id')
      .where('id', '=', gone)
      .where('is_deleted', '=', true);
    await until(() => copied.executeTakeFirst());
    const body = { ...receiver(2), userId: gone };
    await world.ask('post', `/devices/${id}/transfer`).send(body).expect(422);
  });
});

describe('deleting a device', () => {
  test('takes it from its owner at once, and frees its place when it is gone', async () => {
    const { id } = demoDevice(3, 1);
    const { body } = await world.ask('delete', `/devices/${id}`).expect(202);
    expect(body).toMatchObject({ status: 'deleting', ownerId: null, ownerName: null });
    await world.isGone(id);
    expect(await typesOf(id)).toEqual(['device.released', 'device.deleted']);
    for (const type of ['device.released', 'device.deleted'] as const) {
      expect(definitionOf(type).class).toBe('access');
    }
    for (const { used, devices } of await world.devicesByNode()) expect(used).toBe(devices);
    await world.ask('delete', `/devices/${id}`).expect(404);
  });

  test('that the provider refuses ends in error, and can be asked for again', async () => {
    const { id } = await created('sticky');
    await world.ask('delete', `/devices/${id}`).expect(202);
    expect((await world.settled(id, 'error')).lastError).toBe('it is in use');
    await world.ask('delete', `/devices/${id}`).expect(202);
    await world.isGone(id);
  });
});

describe('metrics', () => {
  test('count the provider’s calls by step and outcome, and the free places', async () => {
    const { text } = await world.ask('get', '/metrics').expect(200);
    expect(text).toMatch(/cloudphone_provider_calls_total\{step="create",outcome="refused".*\} 1/);
    expect(text).toMatch(/cloudphone_pool_places\{state="free".*\} \d+/);
  });
});
