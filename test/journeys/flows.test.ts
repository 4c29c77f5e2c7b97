import { rm } from 'node:fs/promises';
import {
  type Balance,
  type Device,
  HEADERS,
  type Installation,
  type Notification,
  type Order,
  type Page,
  type Plan,
  type Quota,
  type Settings,
  type Usage,
} from '@cloudphone/contracts';
import { type Platform, startPlatform, temporaryFolder } from '@cloudphone/deploy';
import { sql } from '@cloudphone/postgres';
import { until, whenDone } from '@cloudphone/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askDatabase } from './ask-database.ts';
import { type Actor, logIn } from './person.ts';

/** A service that was killed is up again, and has followed what it missed, well within this. */
const HEALED = { timeoutMs: 60_000, everyMs: 100 };

let platform: Platform;
let dataDir: string;
let admin: Actor;
const people = Array.from({ length: 14 }, (_, at) => `user${String(at + 1).padStart(3, '0')}`);

beforeAll(async () => {
  dataDir = await temporaryFolder('cloudphone-flows-');
  platform = await startPlatform({
    dataDir,
    isDemo: true,
    env: { ...process.env, SEED_USERS: '14', DEVICE_PROVIDER_LATENCY_MS: '300' },
  });
  admin = await logIn(platform.urls.adminBff, 'admin', 'admin-demo');
}, 180_000);

afterAll(async () => {
  await platform?.stop();
  await rm(dataDir, { recursive: true, force: true });
}, 60_000);

/** Somebody of their own for each flow, so that none sees what another did; once services are up. */
function nextPerson(): Promise<Actor> {
  const username = people.shift() ?? '';
  return until(() => logIn(platform.urls.userBff, username, 'user-demo'), HEALED);
}

/**
 * The process dies at once and its supervisor starts it again: what it had begun is half done. One
 * that is just being started again is waited for: before it is ready there is nothing to kill.
 */
async function killHalfWay(service: string): Promise<void> {
  const process = platform.process(service);
  await until(() => process.pid, HEALED);
  await process.kill();
}

/** As soon as whoever it is made of is up again. */
function healed<Body>(actor: Actor, path: string, isMeant: (body: Body) => boolean = () => true) {
  return until(async () => {
    const { status, body } = await actor.get<Body>(path);
    return status === 200 && isMeant(body) && body;
  }, HEALED);
}

/** What a person hears, by type; every event once. */
async function listen(actor: Actor, ...types: string[]) {
  const socket = await actor.connect(
    actor === admin ? platform.urls.adminBff : platform.urls.userBff,
  );
  whenDone(async () => void socket.disconnect());
  const heard: { type: string; id: string; data: Record<string, unknown> }[] = [];
  for (const type of types) socket.on(type, (frame) => heard.push(frame));
  return heard;
}

const ownDevices = async (person: Actor) =>
  (await person.get<Page<Device>>('/me/devices?limit=200')).body.items;

async function deviceThatIs(status: Device['status'], person: Actor): Promise<Device> {
  const found = (await ownDevices(person)).find((device) => device.status === status);
  if (found === undefined) throw new Error(`no device of theirs is ${status}`);
  return found;
}

describe('what follows a change, with the service that follows killed half-way', () => {
  test('a renamed person is renamed in their devices and orders', async () => {
    const person = await nextPerson();
    const name = `Renamed ${Date.now()}`;
    await killHalfWay('billing');
    const changed = await admin.send('PATCH', `/admin/users/${person.id}`, { name });
    expect(changed.status).toBe(200);
    await killHalfWay('device');
    await until(async () => {
      const { body: devices } = await admin.get<Page<Device>>(
        `/admin/devices?userId=${person.id}&limit=200`,
      );
      const { body: orders } = await admin.get<Page<Order>>(`/admin/orders?userId=${person.id}`);
      return (
        devices.items.length > 0 &&
        devices.items.every(({ ownerName }) => ownerName === name) &&
        orders.items.length > 0 &&
        orders.items.every(({ userName }) => userName === name)
      );
    }, HEALED);
  });

  test('a running device is metered until it is stopped, once', async () => {
    const person = await nextPerson();
    const heard = await listen(person, 'device.stopped', 'billing.usage_recorded');
    const device = await deviceThatIs('running', person);
    await killHalfWay('billing');
    await person.send('POST', `/me/devices/${device.id}/stop`);
    await until(() => heard.find(({ type }) => type === 'device.stopped'), HEALED);
    await killHalfWay('billing');
    const recorded = await until(
      () => heard.find(({ type }) => type === 'billing.usage_recorded'),
      HEALED,
    );
    expect(recorded.data.deviceId).toBe(device.id);
    expect(recorded.data.minutes).toBeGreaterThan(0);
    const { cost } = await healed<Usage>(person, '/me/usage');
    expect(Number.isInteger(cost.amount)).toBe(true);
    expect(heard.filter(({ type }) => type === 'billing.usage_recorded')).toHaveLength(1);
  });

  test('a paid order ends with its devices and in the quota, though all three services die on the way', async () => {
    const person = await nextPerson();
    const heard = await listen(person, 'order.paid', 'order.fulfilled', 'device.allocated');
    const before = (await ownDevices(person)).length;
    const { body: quotaBefore } = await person.get<Quota>('/me/quota');
    await topUp(person, 100_000);
    const order = await placeOrder(person);
    await killHalfWay('device');
    await until(() => heard.find(({ type }) => type === 'order.paid'), HEALED);
    await killHalfWay('billing');
    await until(() => heard.find(({ type }) => type === 'device.allocated'), HEALED);
    await killHalfWay('user');
    await until(() => heard.find(({ type }) => type === 'order.fulfilled'), HEALED);
    await healed<Order>(person, `/me/orders/${order.id}`, ({ status }) => status === 'fulfilled');
    await until(async () => (await ownDevices(person)).length === before + 1, HEALED);
    await until(async () => {
      const { body: quota } = await person.get<Quota>('/me/quota');
      return quota.devicesUsed === quotaBefore.devicesUsed + 1;
    }, HEALED);
    for (const type of ['order.paid', 'order.fulfilled', 'device.allocated']) {
      expect(heard.filter((frame) => frame.type === type)).toHaveLength(1);
    }
  });

  test('an order for which there is no room is paid back, and holds nothing', async () => {
    const person = await nextPerson();
    const before = (await ownDevices(person)).length;
    await topUp(person, 100_000);
    const { body: rich } = await person.get<Balance>('/me/balance');
    await closeThePool(true);
    const heard = await listen(person, 'order.failed', 'order.refunded');
    const order = await placeOrder(person);
    await killHalfWay('billing');
    await until(() => heard.find(({ type }) => type === 'order.refunded'), HEALED);
    await closeThePool(false);
    await healed<Order>(person, `/me/orders/${order.id}`, ({ status }) => status === 'refunded');
    const after = await healed<Balance>(person, '/me/balance');
    expect(after.balance).toEqual(rich.balance);
    expect(await ownDevices(person)).toHaveLength(before);
  });

  test('an app that is asked for is on the device in the end, once', async () => {
    const person = await nextPerson();
    const heard = await listen(person, 'app.installed');
    const device = await deviceThatIs('stopped', person);
    const { body: apps } = await person.get<Page<{ id: string }>>('/apps');
    const own = await healed<{ apps: Installation[] | null }>(
      person,
      `/me/devices/${device.id}`,
      (shown) => shown.apps !== null,
    );
    const missing = apps.items.find(({ id }) => !own.apps?.some(({ appId }) => appId === id));
    const asked = await person.send('POST', `/me/devices/${device.id}/apps`, {
      appId: missing?.id,
    });
    expect(asked.status).toBe(202);
    await killHalfWay('device');
    await killHalfWay('app');
    await until(() => heard.length > 0, HEALED);
    const path = `/me/devices/${device.id}`;
    const isMissing = ({ appId }: Installation) => appId === missing?.id;
    const { apps: installed } = await healed<{ apps?: Installation[] }>(
      person,
      path,
      (shown) => shown.apps?.some(isMissing) ?? false,
    );
    expect(installed?.filter(isMissing)).toHaveLength(1);
  });

  test('a balance that falls below the threshold is told to its owner and to finance, by message too', async () => {
    const person = await nextPerson();
    const { body: settings } = await admin.get<Settings>('/admin/settings');
    const { version, updatedAt: _, ...fields } = settings;
    await topUp(person, 50_000);
    const { body: rich } = await person.get<Balance>('/me/balance');
    const threshold = { ...settings.lowBalanceBelow, amount: rich.balance.amount - 1 };
    const put = await admin.send(
      'PUT',
      '/admin/settings',
      { ...fields, lowBalanceBelow: threshold },
      { headers: { 'if-match': `"${version}"` } },
    );
    expect(put.status).toBe(200);
    // Known to those who charge: there is room for few orders below it.
    await until(async () => {
      const known = sql<{ amount: string }>`select low_balance_below as amount from settings_copy`;
      const { rows } = await askDatabase(platform, 'billing', (db) => known.execute(db));
      return Number(rows[0]?.amount) === threshold.amount;
    }, HEALED);
    const heard = await listen(person, 'billing.low_balance');
    const heardByStaff = await listen(admin, 'billing.low_balance');
    await killHalfWay('notification');
    await until(
      async () => {
        if (heard.length > 0) return true;
        await placeOrder(person).catch(() => undefined);
        return false;
      },
      { ...HEALED, everyMs: 1_000 },
    );
    await until(() => heardByStaff.some(({ data }) => data.userId === person.id), HEALED);
    await until(async () => {
      const { body } = await person.get<Page<Notification>>('/me/notifications');
      return body.items.filter(({ type }) => type === 'billing.low_balance').length === 1;
    }, HEALED);
  });

  test('a payment is told to its payer by message, once', async () => {
    const person = await nextPerson();
    const { body } = await person.get<Page<Notification>>('/me/notifications');
    const before = body.items.length;
    await killHalfWay('notification');
    await topUp(person, 10_000);
    await until(async () => {
      const { body: now } = await person.get<Page<Notification>>('/me/notifications');
      const news = now.items.slice(0, now.items.length - before);
      return news.filter(({ type }) => type === 'billing.payment_success').length === 1;
    }, HEALED);
  });

  test('use of a quota is told at four fifths of it, and once when it is exceeded', async () => {
    const person = await nextPerson();
    const { body: before } = await person.get<Quota>('/me/quota');
    const devicesLimit = Math.floor(1.25 * (before.devicesUsed + 1));
    const limited = await admin.send('PUT', `/admin/quotas/${person.id}`, { devicesLimit });
    expect(limited.status, JSON.stringify(limited.body)).toBe(200);
    const told = await messagesOf(person);
    const heard = await listen(person, 'quota.alert', 'quota.exceeded', 'quota.renewed');
    let devicesUsed = before.devicesUsed;
    /** Orders stop at the limit, what is handed over does not. The one who counts dies on the way. */
    const handOver = async ({ id }: Device) => {
      await until(async () => {
        const handed = await admin.send('POST', `/admin/devices/${id}/transfer`, {
          userId: person.id,
        });
        return handed.status < 300;
      }, HEALED);
      await killHalfWay('user');
      devicesUsed += 1;
      await until(async () => {
        const { body } = await person.get<Quota>('/me/quota');
        return body.devicesUsed === devicesUsed;
      }, HEALED);
    };
    const givers = [await nextPerson(), await nextPerson()];
    const [first, ...others] = (await Promise.all(givers.map(ownDevices))).flat();
    if (first === undefined) throw new Error('the givers have no devices');
    await handOver(first);
    await until(() => heard.find(({ type }) => type === 'quota.alert'), HEALED);
    expect(heard).toHaveLength(1);
    const beyond = devicesLimit + 2 - devicesUsed;
    expect(others.length).toBeGreaterThanOrEqual(beyond);
    for (const device of others.slice(0, beyond)) await handOver(device);
    await until(() => heard.find(({ type }) => type === 'quota.exceeded'), HEALED);
    await killHalfWay('notification');
    const once = { headers: { [HEADERS.idempotencyKey]: `renew-${person.id}` } };
    await until(async () => {
      const path = `/admin/quotas/${person.id}/renew`;
      return (await admin.send('POST', path, { extensionDays: 1 }, once)).status === 200;
    }, HEALED);
    // Of one key: whatever came of the devices was told before it.
    await until(() => heard.find(({ type }) => type === 'quota.renewed'), HEALED);
    expect(heard.map(({ type }) => type)).toEqual([
      'quota.alert',
      'quota.exceeded',
      'quota.renewed',
    ]);
    await until(async () => {
      const news = await newMessages(person, told, 'quota.');
      return news.join() === 'quota.alert,quota.exceeded';
    }, HEALED);
  });

  test('a month that is over becomes an invoice, told when it is made and when it is overdue, once each', async () => {
    const person = await nextPerson();
    const types = ['billing.invoice_generated', 'billing.invoice_overdue'];
    const heard = await listen(person, 'billing.usage_recorded', ...types);
    const told = await messagesOf(person);
    const device = await deviceThatIs('running', person);
    const { body: rich } = await person.get<Balance>('/me/balance');
    // Longer than can be paid for, at a minor unit a minute.
    await letTimePass(sql`
      update meters set started_at = started_at - ${rich.balance.amount + 1_000} * interval '1 minute'
      where device_id = ${device.id}`);
    await person.send('POST', `/me/devices/${device.id}/stop`);
    await until(() => heard.find(({ type }) => type === 'billing.usage_recorded'), HEALED);
    await letTimePass(sql`
      update charges set at = at - interval '400 days' where id = (
        select id from charges where user_id = ${person.id} and about_id = ${device.id}
        order by at desc limit 1)`);
    await killHalfWay('billing');
    const generated = await until(() => heard.find(({ type }) => type === types[0]), HEALED);
    await killHalfWay('notification');
    await letTimePass(sql`update invoices set due_at = now() where id = ${generated.data.id}`);
    await killHalfWay('billing');
    const overdue = await until(() => heard.find(({ type }) => type === types[1]), HEALED);
    expect(overdue.data).toMatchObject({ id: generated.data.id, status: 'overdue' });
    await killHalfWay('billing');
    await until(
      async () => (await newMessages(person, told, 'billing.invoice')).length > 0,
      HEALED,
    );
    expect(await newMessages(person, told, 'billing.invoice')).toEqual([types[0]]);
    await until(async () => (await person.get('/me/balance')).status === 200, HEALED);
    expect(heard.map(({ type }) => type).filter((type) => types.includes(type))).toEqual(types);
  });

  test('what is rented is told to end soon, and to have ended, once each', async () => {
    const person = await nextPerson();
    await topUp(person, 100_000);
    const types = ['billing.subscription_expiring', 'billing.subscription_expired'];
    const heard = await listen(person, 'order.fulfilled', ...types);
    const { id } = await placeOrder(person);
    await until(() => heard.find(({ type }) => type === 'order.fulfilled'), HEALED);
    const endIn = async (hours: number) => {
      await letTimePass(sql`
        update orders set expires_at = now() + ${hours} * interval '1 hour', next_notice_at = now()
        where id = ${id}`);
      await killHalfWay('billing');
    };
    await endIn(20);
    const expiring = await until(() => heard.find(({ type }) => type === types[0]), HEALED);
    expect(expiring.data).toMatchObject({ orderId: id, daysLeft: 1 });
    await endIn(0);
    const expired = await until(() => heard.find(({ type }) => type === types[1]), HEALED);
    expect(expired.data).toMatchObject({ orderId: id, daysLeft: 0 });
    await killHalfWay('billing');
    await until(async () => (await person.get('/me/balance')).status === 200, HEALED);
    expect(heard.map(({ type }) => type)).toEqual(['order.fulfilled', ...types]);
  });

  test('a deleted person’s devices are free, their log-in ends, their orders are nobody’s screen', async () => {
    const person = await nextPerson();
    const devices = await ownDevices(person);
    await killHalfWay('device');
    const gone = await admin.send('DELETE', `/admin/users/${person.id}?erase=true`);
    expect(gone.status).toBeLessThan(300);
    await until(async () => (await person.get('/me/devices')).status === 401, HEALED);
    await until(async () => {
      const states = await Promise.all(
        devices.map(({ id }) => admin.get<Device>(`/admin/devices/${id}/complete-info`)),
      );
      return states.every(
        ({ status, body }) => status === 404 || (body.ownerId === null && body.ownerName === null),
      );
    }, HEALED);
    expect((await admin.get(`/admin/users/${person.id}/overview`)).status).toBe(404);
  });
});

/** Days go by in billing’s tables; what they bring about is looked for when it starts. */
async function letTimePass(statement: ReturnType<typeof sql>): Promise<void> {
  const { numAffectedRows } = await askDatabase(platform, 'billing', (db) => statement.execute(db));
  expect(numAffectedRows).toBe(1n);
}

async function messagesOf(person: Actor): Promise<readonly Notification[]> {
  return (await person.get<Page<Notification>>('/me/notifications')).body.items;
}

/** Types, in their order of name, of the messages about `subject` that were not there before. */
async function newMessages(
  person: Actor,
  before: readonly Notification[],
  subject: string,
): Promise<readonly string[]> {
  const known = new Set(before.map(({ id }) => id));
  return (await messagesOf(person))
    .filter(({ id, type }) => !known.has(id) && type.startsWith(subject))
    .map(({ type }) => type)
    .sort();
}

async function topUp(person: Actor, amount: number): Promise<void> {
  const paid = await person.send('POST', '/me/payments', { amount, method: 'card' });
  expect(paid.status, JSON.stringify(paid.body)).toBeLessThan(300);
}

async function placeOrder(person: Actor): Promise<Order> {
  const { body: plans } = await person.get<Page<Plan>>('/plans');
  const cheapest = plans.items
    .filter(({ isRetired }) => !isRetired)
    .sort((a, b) => a.price.amount - b.price.amount)[0];
  const ordered = await person.send<Order>('POST', '/me/orders', {
    planId: cheapest?.id,
    quantity: 1,
  });
  expect(ordered.status, JSON.stringify(ordered.body)).toBe(202);
  return ordered.body;
}

/** No node takes a device any more, or all of them do again. */
async function closeThePool(isClosed: boolean): Promise<void> {
  const { body } = await admin.get<{ nodes: { name: string }[] }>('/admin/pool');
  for (const { name } of body.nodes) {
    const changed = await admin.send('PATCH', `/admin/pool/nodes/${name}`, {
      isDraining: isClosed,
    });
    expect(changed.status, JSON.stringify(changed.body)).toBe(200);
  }
}
