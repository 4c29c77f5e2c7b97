import type { Device, EventBody } from '@cloudphone/contracts';
import { demoPerson } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, until } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { createDeviceWorld, type DeviceWorld, paidOrder } from '../fixtures/device-world.ts';

type Order = EventBody<'order.paid'>;
const DAY_MS = 24 * 3_600_000;
const ALLOCATION = /^device\.(allocate_requested|allocated|allocation_failed)$/;

const pay = (world: DeviceWorld, order: Order) =>
  world.publish({ type: 'order.paid', data: order });
const end = (
  world: DeviceWorld,
  type: 'order.failed' | 'order.refunded' | 'order.cancelled',
  order: Order,
) => world.publish({ type, data: order });
const devicesOf = async (world: DeviceWorld, order: Order) =>
  await world.db.selectFrom('devices').selectAll().where('order_id', '=', order.id).execute();
/** What was said of an order's allocation, in order. */
const saidOf = async (world: DeviceWorld, order: Order) =>
  (await world.told())
    .filter(({ type, data }) => ALLOCATION.test(type) && data.orderId === order.id)
    .map(({ type, data }) => (data.reason === null ? type : `${type}: ${data.reason}`));
const ended = (world: DeviceWorld, order: Order, said: string) =>
  until(async () => (await saidOf(world, order)).at(-1) === said, {
    what: said,
  });
const isEmpty = (world: DeviceWorld) =>
  until(async () =>
    (await world.devicesByNode()).every((node) => node.used === 0 && node.devices === 0),
  );

async function smallWorld(options: Parameters<typeof createDeviceWorld>[0] = {}) {
  const world = await createDeviceWorld({ people: 0, ...options });
  await world.addNode('a', 10);
  return world;
}

describe('a paid order', () => {
  test('gets all of its devices at once, as its buyer’s, until its time is over', async () => {
    const world = await smallWorld();
    const order = paidOrder({ quantity: 3 });
    await pay(world, order);
    await ended(world, order, 'device.allocated');
    expect(await saidOf(world, order)).toEqual(['device.allocate_requested', 'device.allocated']);
    const created = await world.heard('device.created', 3);
    const [allocated] = await world.told('device.allocated');
    expect(allocated?.data).toMatchObject({
      orderId: order.id,
      userId: order.userId,
      quantity: 3,
      deviceIds: created.map(({ id }) => id),
    });
    for (const device of created) {
      expect(device).toMatchObject({ status: 'stopped', ownerName: demoPerson(1).name });
      const lastsMs = Date.parse(device.expiresAt ?? '') - Date.parse(device.updatedAt);
      expect(lastsMs).toBe(30 * DAY_MS);
    }
    const before = (await world.told('device.status_changed')).map(({ data }) => data.ownerId);
    expect(before).toEqual([null, null, null]);
  });

  test('too large for the pool gets none, and takes no place', async () => {
    const world = await smallWorld();
    const order = paidOrder({ quantity: 11 });
    await pay(world, order);
    await ended(world, order, 'device.allocation_failed: no_capacity');
    await isEmpty(world);
  });

  test('of which one device is refused gets none: those created are deleted again', async () => {
    const order = paidOrder({ quantity: 3 });
    const refused = `phone-${order.id.slice(-8)}-2`;
    const world = await smallWorld({
      script: { [refused]: { create: { error: 'broken', latencyMs: 300 } } },
    });
    await pay(world, order);
    await ended(world, order, 'device.allocation_failed: provider_error');
    await isEmpty(world);
    expect(await world.told('device.created')).toEqual([]);
    expect(await world.told('device.released')).toEqual([]);
    expect(await world.told('device.creation_failed')).toHaveLength(1);
  });

  test('told of again, and again, is allocated once', async () => {
    const world = await smallWorld();
    const order = paidOrder({ quantity: 2 });
    await pay(world, order);
    await pay(world, order);
    await ended(world, order, 'device.allocated');
    await pay(world, order);
    const last = paidOrder();
    await pay(world, last);
    await ended(world, last, 'device.allocated');
    expect(await devicesOf(world, order)).toHaveLength(2);
    expect(await saidOf(world, order)).toHaveLength(2);
  });

  test('copies what is known of its buyer, however old the order', async () => {
    const world = await smallWorld();
    const { id, username, email, tenantId, locale, timeZone } = demoPerson(1);
    const at = new Date().toISOString();
    const data = { id, username, email, tenantId, locale, timeZone, name: 'Newest' } as const;
    const rest = {
      status: 'active',
      roles: ['customer' as const],
      createdAt: at,
      updatedAt: at,
    } as const;
    await world.publish({
      type: 'user.updated',
      data: { ...data, ...rest, roles: ['customer'], version: 7 },
    });
    await until(
      async () => (await world.db.selectFrom('people').select('id').execute()).length > 0,
    );
    const order = paidOrder();
    await pay(world, order);
    await ended(world, order, 'device.allocated');
    expect(await devicesOf(world, order)).toMatchObject([
      { owner_name: 'Newest', owner_version: 7 },
    ]);
  });
});

describe('an order that ends', () => {
  test('while its devices are created gets none', async () => {
    const world = await smallWorld({ script: { '*': { create: { latencyMs: 60_000 } } } });
    const order = paidOrder({ quantity: 2 });
    await pay(world, order);
    await until(async () => (await devicesOf(world, order)).length === 2);
    await end(world, 'order.failed', order);
    await ended(world, order, 'device.allocation_failed: order_ended');
    await isEmpty(world);
    expect(await world.told('device.created', 'device.released')).toEqual([]);
  });

  test('before it is paid for is never allocated', async () => {
    const world = await smallWorld();
    const order = paidOrder();
    await end(world, 'order.cancelled', order);
    await until(
      async () =>
        (await world.db.selectFrom('allocations').select('order_id').execute()).length > 0,
    );
    await pay(world, order);
    const last = paidOrder();
    await pay(world, last);
    await ended(world, last, 'device.allocated');
    expect(await saidOf(world, order)).toEqual([]);
    expect(await devicesOf(world, order)).toEqual([]);
  });

  test.each(['order.failed', 'order.refunded', 'order.cancelled'] as const)(
    'by %s after it was allocated gives its devices back, once',
    async (type) => {
      const world = await smallWorld();
      const order = paidOrder({ quantity: 2 });
      await pay(world, order);
      await ended(world, order, 'device.allocated');
      await end(world, type, order);
      await end(world, 'order.refunded', order);
      await isEmpty(world);
      const released = await world.told('device.released');
      expect(released.map(({ data }) => data.formerOwnerId)).toEqual([order.userId, order.userId]);
      const deleted = await world.heard('device.deleted', 2);
      expect(
        deleted.map((device) => (device as Device & { formerOwnerId: null }).formerOwnerId),
      ).toEqual([null, null]);
    },
  );
});

describe('a deleted person', () => {
  test('has no devices any more, gets none that are on their way, and is named nowhere', async () => {
    const order = paidOrder();
    const slow = `phone-${order.id.slice(-8)}-1`;
    const world = await createDeviceWorld({
      people: 2,
      script: { [slow]: { create: { latencyMs: 60_000 } } },
    });
    await pay(world, order);
    await until(async () => (await devicesOf(world, order)).length === 1);
    const { id, name, tenantId } = demoPerson(1);
    const at = new Date().toISOString();
    await world.publish({
      type: 'user.deleted',
      data: { id, tenantId, erase: true, version: 9, at },
    });
    await ended(world, order, 'device.allocation_failed: order_ended');
    await world.heard('device.deleted', 4);
    expect(await world.told('device.released')).toHaveLength(3);
    for (const table of ['devices', 'people', 'allocations'] as const) {
      const rows = await world.db.selectFrom(table).selectAll().execute();
      expect(JSON.stringify(rows)).not.toContain(name);
    }
    const late = paidOrder();
    await pay(world, late);
    await ended(world, late, 'device.allocation_failed: order_ended');
  });
});

describe('allocation survives', () => {
  test('the end of the process at any time: another goes on where it was', async () => {
    const databaseUrl = await testPostgres().freshDatabase();
    const redisUrl = (await testRedis()).url;
    const order = paidOrder({ quantity: 3 });
    const slow = { [`phone-${order.id.slice(-8)}-3`]: { create: { latencyMs: 60_000 } } };
    const first = await smallWorld({ databaseUrl, redisUrl, script: slow });
    await pay(first, order);
    await until(
      async () => (await devicesOf(first, order)).filter((row) => row.made_at).length === 2,
    );
    await first.service.close();
    const second = await createDeviceWorld({ people: 0, databaseUrl, redisUrl });
    await ended(second, order, 'device.allocated');
    expect(second.calls).toEqual([`create phone-${order.id.slice(-8)}-3`]);
  });

  test('two replicas and forty orders at once: each order once, and no node overfull', async () => {
    const databaseUrl = await testPostgres().freshDatabase();
    const redisUrl = (await testRedis()).url;
    const one = await createDeviceWorld({ people: 0, databaseUrl, redisUrl });
    const two = await createDeviceWorld({ people: 0, databaseUrl, redisUrl });
    await one.addNode('a', 25);
    await two.addNode('b', 25);
    const orders = Array.from({ length: 40 }, () => paidOrder({ id: randomId(), quantity: 2 }));
    await Promise.all(orders.map((order, n) => pay(n % 2 === 0 ? one : two, order)));
    await one.heard('device.allocated', 25);
    await one.heard('device.allocation_failed', 15);
    expect((await one.told('device.allocated')).length).toBe(25);
    expect(await one.devicesByNode()).toEqual([
      { name: 'a', used: 25, devices: 25 },
      { name: 'b', used: 25, devices: 25 },
    ]);
    expect(new Set([...one.calls, ...two.calls]).size).toBe(one.calls.length + two.calls.length);
  });
});
