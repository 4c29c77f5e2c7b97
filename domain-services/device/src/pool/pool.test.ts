import type { PoolTotals } from '@cloudphone/contracts';
import { parseCacheTags } from '@cloudphone/contracts';
import { describe, expect, test } from 'vitest';
import { createDeviceWorld } from '../fixtures/device-world.ts';

describe('the pool', () => {
  test('of a demo is shown by node, with a quarter of its places free', async () => {
    const world = await createDeviceWorld();
    const answer = await world.ask('get', '/nodes').expect(200);
    expect(answer.body).toMatchObject({ capacity: 800, used: 9, free: 791, isLow: false });
    expect(answer.body.nodes.map(({ name }: { name: string }) => name)).toEqual(
      Array.from({ length: 8 }, (_, index) => `node-${index + 1}`),
    );
    expect(parseCacheTags(answer.headers['cache-tags'] ?? '')).toEqual([{ tag: 'pool' }]);
    for (const { used, devices } of await world.devicesByNode()) expect(used).toBe(devices);
  });

  test('is never overfull: of twenty-five who ask at once for fifteen places, fifteen get one', async () => {
    const world = await createDeviceWorld({ people: 0, latencyMs: 5 });
    await world.addNode('a', 6);
    await world.addNode('b', 9);
    const answers = await Promise.all(
      Array.from({ length: 25 }, (_, n) =>
        world.ask('post', '/devices').send({ name: `phone ${n}` }),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 202)).toHaveLength(15);
    expect(statuses.filter((status) => status === 409)).toHaveLength(10);
    expect(await world.devicesByNode()).toEqual([
      { name: 'a', used: 6, devices: 6 },
      { name: 'b', used: 9, devices: 9 },
    ]);
  });

  test('fills its nodes evenly', async () => {
    const world = await createDeviceWorld({ people: 0 });
    await world.addNode('large', 20);
    await world.addNode('small', 10);
    for (let n = 0; n < 9; n++) {
      await world
        .ask('post', '/devices')
        .send({ name: `phone ${n}` })
        .expect(202);
    }
    const used = (await world.devicesByNode()).map((node) => node.used);
    expect(used).toEqual([6, 3]);
  });

  test('warns once when places become few, and again only after there were enough', async () => {
    const world = await createDeviceWorld({ people: 0, settings: { poolLowPercent: 20 } });
    await world.addNode('a', 10);
    const create = async () =>
      (await world.ask('post', '/devices').send({ name: 'phone' }).expect(202)).body.id as string;
    const ids: string[] = [];
    for (let n = 0; n < 10; n++) ids.push(await create());
    const [warning, ...more] = await world.told('device.pool_low');
    expect(warning?.data as unknown as PoolTotals).toMatchObject({ free: 2, used: 8, isLow: true });
    expect(more).toEqual([]);
    for (const id of ids.slice(0, 3)) {
      await world.settled(id, 'stopped');
      await world.ask('delete', `/devices/${id}`).expect(202);
      await world.isGone(id);
    }
    expect((await world.pool()).isLow).toBe(false);
    await create();
    expect(await world.told('device.pool_low')).toHaveLength(2);
    const changes = await world.told('device.pool_changed');
    expect(changes.every(({ tags }) => tags === 'pool')).toBe(true);
    expect(changes).toHaveLength(1 + 10 + 3 + 1);
  });

  test('places nothing on a node that drains, and keeps what is there', async () => {
    const world = await createDeviceWorld({ people: 0 });
    await world.addNode('a', 5);
    const first = await world.ask('post', '/devices').send({ name: 'stays' }).expect(202);
    const patch = (changes: object) => world.ask('patch', '/nodes/a').send(changes);
    expect((await patch({ isDraining: true }).expect(200)).body).toMatchObject({
      isDraining: true,
    });
    expect(await world.pool()).toMatchObject({ capacity: 0, free: 0 });
    await world.ask('post', '/devices').send({ name: 'refused' }).expect(409);
    await world.settled(first.body.id, 'stopped');
    const told = (await world.told('device.node_changed')).length;
    await patch({ isDraining: true }).expect(200);
    expect(await world.told('device.node_changed')).toHaveLength(told);
    await patch({ isDraining: false }).expect(200);
    await world.ask('post', '/devices').send({ name: 'let in' }).expect(202);
  });

  test('has each node once, never smaller than what it holds, changed by one at a time', async () => {
    const world = await createDeviceWorld({ people: 0 });
    await world.addNode('a', 5);
    const again = await world.ask('post', '/nodes').send({ name: 'a', capacity: 5 }).expect(409);
    expect(again.body.code).toBe('already_exists');
    await world.ask('post', '/devices').send({ name: 'phone' }).expect(202);
    const patch = (changes: object) => world.ask('patch', '/nodes/a').send(changes);
    expect((await patch({ capacity: 0 }).expect(409)).body.code).toBe('state_conflict');
    expect((await patch({ capacity: 1 }).expect(200)).body).toMatchObject({ capacity: 1, used: 1 });
    await patch({ capacity: 9 }).set('if-match', '"1"').expect(409);
    await world.ask('patch', '/nodes/b').send({ capacity: 1 }).expect(404);
  });
});
