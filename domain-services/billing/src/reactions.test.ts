import { type EventBody, HEADERS, type NewEvent, parseCacheTags } from '@cloudphone/contracts';
import {
  type DemoPerson,
  demoDevice,
  demoPerson,
  startTestService,
  type TestService,
} from '@cloudphone/domain-service';
import type { EventLogTables } from '@cloudphone/event-log';
import { sql } from '@cloudphone/postgres';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBillingService } from './billing-service.ts';
import { DEMO_PLANS } from './demo/demo-plans.ts';
import { createSimulatedPayments } from './payments/simulated-payments.ts';
import { copyOfPerson } from './people/known-person.ts';
import type { BillingTables } from './schema.ts';
import { monthOf } from './usage/calendar-month.ts';

const billing = createBillingService({
  payments: createSimulatedPayments(),
  // No test waits until an order's devices do not come.
  allocationTimeoutMs: 3_600_000,
});
let engines: { databaseUrl: string; redisUrl: string };
let users: TestService<EventLogTables>;
let service: TestService<BillingTables>;

beforeAll(async () => {
  const redisUrl = (await testRedis()).url;
  engines = { databaseUrl: await testPostgres().freshDatabase(), redisUrl };
  // Whoever publishes about people and devices has an outbox and a relay like every service.
  users = await startTestService(
    { name: 'user', migrations: [], routes: () => [] },
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl },
  );
  whenDone(users.close);
  service = await startTestService(billing, engines, { seedPeople: 6 });
  whenDone(() => service.close());
});

const get = (path: string) => request(service.url).get(path).set(service.as());
const ordersOf = async (userId: string) =>
  (await get(`/orders?userId=${userId}`).expect(200)).body.items as EventBody<'order.updated'>[];
const publish = (...events: [NewEvent, ...NewEvent[]]) =>
  users.tools.writer.write(async () => ({ result: undefined, events }));

function personEvent(
  person: DemoPerson,
  changes: { readonly name: string; readonly version: number },
): NewEvent {
  const at = new Date().toISOString();
  const { id, username, email, tenantId, locale, timeZone } = person;
  const data = { id, username, email, tenantId, locale, timeZone, ...changes };
  return {
    type: 'user.updated',
    data: { ...data, status: 'active', roles: ['customer'], createdAt: at, updatedAt: at },
  };
}

function deviceEvent(
  type: 'device.started' | 'device.stopped',
  device: { readonly id: string; readonly ownerId: string | null },
): NewEvent {
  const { model, androidVersion, nodeName } = demoDevice(1, 1);
  const at = new Date().toISOString();
  return {
    type,
    data: {
      ...device,
      ...{ name: 'phone', model, androidVersion, nodeName },
      status: type === 'device.started' ? 'running' : 'stopped',
      lastError: null,
      ownerName: null,
      ownerEmail: null,
      tenantId: null,
      expiresAt: null,
      version: type === 'device.started' ? 1 : 2,
      createdAt: at,
      updatedAt: at,
    },
  };
}

const countPublished = async (type: string) =>
  (await service.tools.db.selectFrom('outbox').select('id').where('type', '=', type).execute())
    .length;

describe('when a person is renamed', () => {
  const person = demoPerson(1);

  test('their orders follow, and each is told of in the same transaction', async () => {
    const before = await ordersOf(person.id);
    await publish(personEvent(person, { name: 'Renamed', version: 2 }));
    const after = await until(async () => {
      const orders = await ordersOf(person.id);
      return orders.every(({ userName }) => userName === 'Renamed') && orders;
    });
    expect(after.map(({ version }) => version)).toEqual(before.map(({ version }) => version + 1));
    const told = await service.tools.db
      .selectFrom('outbox')
      .select('key')
      .where('type', '=', 'order.updated')
      .execute();
    expect(told.map(({ key }) => key).sort()).toEqual(after.map(({ id }) => `order:${id}`).sort());
  });

  test('an order placed with their old name carries the new one', async () => {
    await request(service.url)
      .post(`/users/${person.id}/payments`)
      .set(service.as())
      .send({ amount: 10_000, method: 'card' })
      .expect(201);
    const { body } = await request(service.url)
      .post('/orders')
      .set(service.as())
      .send({
        userId: person.id,
        userName: person.name,
        userEmail: person.email,
        tenantId: person.tenantId,
        planId: DEMO_PLANS[0].id,
        quantity: 1,
      })
      .expect(201);
    expect(body.userName).toBe('Renamed');
  });

  test('an order that is being placed at that moment follows too', async () => {
    const buyer = demoPerson(3);
    const orderId = randomId();
    const { db } = service.tools.postgres;
    await db.transaction().execute(async (tx) => {
      const said = { user_id: buyer.id, name: 'Old', email: buyer.email, tenant_id: 'acme' };
      const copy = await copyOfPerson(tx, said);
      await publish(personEvent(buyer, { name: 'New', version: 2 }));
      await until(isAnyoneWaitingForALock);
      const [like] = await tx.selectFrom('orders').selectAll().limit(1).execute();
      await tx
        .insertInto('orders')
        .values({ ...like!, id: orderId, user_id: buyer.id, user_name: copy.name })
        .execute();
    });
    await until(async () =>
      (await ordersOf(buyer.id)).some(({ id, userName }) => id === orderId && userName === 'New'),
    );
  });

  async function isAnyoneWaitingForALock(): Promise<boolean> {
    const { rows } = await sql`
      select from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`.execute(
      service.tools.postgres.db,
    );
    return rows.length > 0;
  }

  test('hearing it all again, after a restart, changes nothing and tells nothing', async () => {
    const before = await ordersOf(person.id);
    const told = await countPublished('order.updated');
    await service.close();
    service = await startTestService(billing, engines, { seedPeople: 6 });
    await service.tools.postgres.db.updateTable('follower').set({ seq: 0 }).execute();
    await service.close();
    service = await startTestService(billing, engines, { seedPeople: 6 });
    const last = demoPerson(2);
    await publish(personEvent(last, { name: 'Last', version: 2 }));
    const [renamed] = await until(async () => {
      const orders = await ordersOf(last.id);
      return orders[0]?.userName === 'Last' && orders;
    });
    expect(renamed?.version).toBeGreaterThan(1);
    expect(await ordersOf(person.id)).toEqual(before);
    expect(await countPublished('order.updated')).toBe(told + 1);
  });
});

describe('the meter', () => {
  let device: { id: string; ownerId: string };
  beforeEach(() => {
    device = { id: randomId(), ownerId: randomId() };
  });

  const runOf = (id: string) =>
    service.tools.db
      .selectFrom('meters')
      .selectAll()
      .where('device_id', '=', id)
      .where('user_id', 'is not', null)
      .executeTakeFirst();

  /** Started `minutes` ago, as far as the meter knows. */
  async function runningFor(minutes: number): Promise<void> {
    await publish(deviceEvent('device.started', device));
    await until(() => runOf(device.id));
    await service.tools.postgres.db
      .updateTable('meters')
      .set({ started_at: new Date(Date.now() - minutes * 60_000) })
      .where('device_id', '=', device.id)
      .execute();
  }

  test('adds what a device used to its device and its person, and tells so once', async () => {
    await runningFor(3);
    await publish(deviceEvent('device.stopped', device), deviceEvent('device.stopped', device));
    await until(async () => (await runOf(device.id)) === undefined);
    const [ofDevice, ofPerson] = await Promise.all([
      get(`/devices/${device.id}/usage`).expect(200),
      get(`/users/${device.ownerId}/usage`).expect(200),
    ]);
    const { minutes, cost } = ofDevice.body;
    expect([3, 4]).toContain(minutes); // A minute may begin between the two events.
    expect(cost).toEqual({ amount: minutes, currency: 'CNY' });
    expect(ofPerson.body).toEqual(ofDevice.body);
    expect(parseCacheTags(ofDevice.headers[HEADERS.cacheTags] ?? '')).toEqual([
      { tag: `usage-of-device:${device.id}` },
    ]);
    const told = await service.tools.db
      .selectFrom('outbox')
      .select('key')
      .where('key', '=', `usage:${device.id}`)
      .execute();
    expect(told).toHaveLength(1);
  });

  test('does not run for a device that nobody rents', async () => {
    const free = { id: randomId(), ownerId: null };
    await publish(deviceEvent('device.started', free), deviceEvent('device.started', device));
    await until(() => runOf(device.id));
    expect(await runOf(free.id)).toBeUndefined();
  });

  test('answers for this month, and says when it ends', async () => {
    const { startMs, endMs } = monthOf(Date.now());
    const { body, headers } = await get(`/devices/${demoDevice(1, 2).id}/usage`).expect(200);
    expect(body.periodStart).toBe(new Date(startMs).toISOString());
    expect(body.periodEnd).toBe(new Date(endMs).toISOString());
    expect(headers[HEADERS.cacheUntil]).toBe(body.periodEnd);
    expect(body.minutes).toBeGreaterThan(0);
  });
});
