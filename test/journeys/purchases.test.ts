import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Device, Order, Page, Plan, Quota } from '@cloudphone/contracts';
import { type Platform, startPlatform, temporaryFolder } from '@cloudphone/deploy';
import { sql } from '@cloudphone/postgres';
import { randomId } from '@cloudphone/runtime';
import { until, whenDone } from '@cloudphone/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom, type Random } from '../consistency/random.ts';
import { askDatabase } from './ask-database.ts';
import { type Actor, type Answer, logIn } from './person.ts';

/** `SEED=7 PURCHASES=200 npx vitest run --config vitest.journeys.config.ts purchases` repeats a search. */
const SEED = Number(process.env.SEED ?? 1);
const PURCHASES = Number(process.env.PURCHASES ?? 24);
const TIMEOUT_MS = 120_000 + 12_000 * PURCHASES;
const PEOPLE = 8;
const ALLOCATION_TIMEOUT_MS = 15_000;
const HEALED = { timeoutMs: 90_000, everyMs: 200 };
const VICTIMS = ['billing', 'device', 'user'];
const ENDED: readonly Order['status'][] = ['fulfilled', 'refunded', 'failed', 'cancelled'];

let platform: Platform;
let dataDir: string;
let admin: Actor;
let people: readonly Actor[];

beforeAll(async () => {
  dataDir = await temporaryFolder('cloudphone-purchases-');
  platform = await startPlatform({
    dataDir,
    isDemo: true,
    env: {
      ...process.env,
      SEED_USERS: String(PEOPLE),
      DEVICE_PROVIDER_LATENCY_MS: '200',
      ORDER_ALLOCATION_TIMEOUT_MS: String(ALLOCATION_TIMEOUT_MS),
    },
  });
  admin = await logIn(platform.urls.adminBff, 'admin', 'admin-demo');
  people = await Promise.all(
    Array.from({ length: PEOPLE }, (_, at) =>
      logIn(platform.urls.userBff, `user${String(at + 1).padStart(3, '0')}`, 'user-demo'),
    ),
  );
}, 180_000);

afterAll(async () => {
  await platform?.stop();
  await rm(dataDir, { recursive: true, force: true });
}, 60_000);

/** What somebody had before, and what they ordered. */
interface Account {
  readonly person: Actor;
  readonly deviceCount: number;
  readonly quotaUsed: number;
  readonly orderIds: Set<string>;
  readonly orderCount: number;
  /** Types of what their socket heard, by order; each event once. */
  readonly heard: Map<string, string[]>;
}

describe('purchases, while billing, devices and users are killed at any moment', () => {
  test(
    `each ends with its devices or its money, never both, and is told of once (seed ${SEED})`,
    async () => {
      const random = createRandom(SEED);
      const accounts = await Promise.all(people.map(openAccount));
      const { body: plans } = await (people[0] as Actor).get<Page<Plan>>('/plans');
      const onSale = plans.items.filter(({ isRetired }) => !isRetired);
      const killings: Promise<void>[] = [];
      for (let asked = 0; asked < PURCHASES; asked++) {
        await pause(random.between(0, 400));
        if (random.chance(0.4)) killings.push(killSoon(random));
        const quantity = random.chance(0.7) ? 1 : 2;
        const order = { planId: random.pick(onSale).id, quantity };
        const orderId = await placeOrder(random.pick(accounts), order);
        if (orderId !== undefined && random.chance(0.2)) await cancel(orderId);
        if (random.chance(0.3)) await closeThePool(random.chance(0.4));
      }
      await Promise.all(killings);
      await closeThePool(false);

      const outcomes = new Map<string, number>();
      for (const account of accounts) {
        const orders = await endedOrders(account);
        await expectSettled(account, orders);
        for (const { status } of orders) outcomes.set(status, (outcomes.get(status) ?? 0) + 1);
      }
      console.log(`seed ${SEED}: ${[...outcomes].map((each) => each.join(' ')).join(', ')}`);
      expect(outcomes.get('fulfilled')).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});

/** Its supervisor starts it again, later each time that it died before it had lived for a while. */
async function killSoon(random: Random): Promise<void> {
  const victim = random.pick(VICTIMS);
  await pause(random.between(0, 1_500));
  await platform.process(victim).kill();
}

async function openAccount(person: Actor): Promise<Account> {
  const payment = { amount: 200_000, method: 'card' };
  await patiently(() => person.send('POST', '/me/payments', payment));
  const { body: quota } = await person.get<Quota>('/me/quota');
  const heard = new Map<string, string[]>();
  const socket = await person.connect(platform.urls.userBff);
  whenDone(async () => void socket.disconnect());
  for (const type of ['order.paid', 'order.fulfilled', 'order.refunded']) {
    socket.on(type, ({ data }: { data: { id: string } }) => {
      heard.set(data.id, [...(heard.get(data.id) ?? []), type]);
    });
  }
  return {
    person,
    deviceCount: (await devicesOf(person)).size,
    orderCount: (await ordersOf(person)).length,
    quotaUsed: quota.devicesUsed,
    orderIds: new Set(),
    heard,
  };
}

/** Asked again with the same key until it is answered; undefined when there is no room or money. */
async function placeOrder(
  { person, orderIds }: Account,
  order: { readonly planId: string; readonly quantity: number },
): Promise<string | undefined> {
  const headers = { 'idempotency-key': randomId() };
  const { status, body } = await patiently(() =>
    person.send<Order>('POST', '/me/orders', order, { headers }),
  );
  if (status !== 202) {
    expect((body as { code?: string }).code).toBeOneOf(['balance_too_low', 'quota_exceeded']);
    return undefined;
  }
  orderIds.add(body.id);
  return body.id;
}

async function cancel(orderId: string): Promise<void> {
  const { status } = await patiently(() => admin.send('POST', `/admin/orders/${orderId}/cancel`));
  expect(status).toBeOneOf([200, 409]);
}

/** No node takes a device any more, or all of them do again. */
async function closeThePool(isDraining: boolean): Promise<void> {
  const { body } = await patiently(() => admin.get<{ nodes: { name: string }[] }>('/admin/pool'));
  for (const { name } of body.nodes) {
    await patiently(() => admin.send('PATCH', `/admin/pool/nodes/${name}`, { isDraining }));
  }
}

/** Those that were asked for and no more, once all have ended: asked for twice, an order is one. */
async function endedOrders({ person, orderIds, orderCount }: Account): Promise<readonly Order[]> {
  const isEnded = ({ status }: Order) => ENDED.includes(status);
  const asked = await until(async () => {
    const orders = (await ordersOf(person)).filter(({ id }) => orderIds.has(id));
    return orders.length === orderIds.size && orders.every(isEnded) && orders;
  }, HEALED);
  expect(await ordersOf(person)).toHaveLength(orderCount + asked.length);
  return asked;
}

/** Devices, quota, money and what was told say the same. */
async function expectSettled(account: Account, orders: readonly Order[]): Promise<void> {
  const { person, heard } = account;
  const fulfilled = orders.filter(({ status }) => status === 'fulfilled');
  const rented = new Set(fulfilled.flatMap(({ deviceIds }) => deviceIds));
  expect(rented.size).toBe(fulfilled.reduce((sum, { quantity }) => sum + quantity, 0));
  await until(
    async () => {
      const { body: quota } = await person.get<Quota>('/me/quota');
      const own = await devicesOf(person);
      const isCounted = quota.devicesUsed === account.quotaUsed + rented.size;
      const isAll = own.size === account.deviceCount + rented.size;
      return isCounted && isAll && [...rented].every((id) => own.has(id));
    },
    { ...HEALED, what: `${rented.size} new devices of ${person.id}` },
  );
  for (const order of orders) {
    const { id, status, total } = order;
    const isPaid = status === 'fulfilled' || status === 'refunded';
    const told = isPaid ? ['order.paid', `order.${status}`] : [];
    await until(() => (heard.get(id) ?? []).length >= told.length, HEALED);
    expect(heard.get(id) ?? [], `${id}, ${status}`).toEqual(told);
    expect(await keptFor(id)).toBe(status === 'fulfilled' ? total.amount : 0);
  }
}

/** What was taken for an order and not given back. */
async function keptFor(orderId: string): Promise<number> {
  const { rows } = await askDatabase(platform, 'billing', (db) =>
    sql<{ kept: string | null }>`
      select sum(amount) as kept from ledger_entries
        join ledger_transactions on ledger_transactions.id = transaction_id
       where about_id = ${orderId} and account_id = 'revenue'`.execute(db),
  );
  return Number(rows[0]?.kept ?? 0);
}

async function devicesOf(person: Actor): Promise<ReadonlySet<string>> {
  const { body } = await patiently(() => person.get<Page<Device>>('/me/devices?limit=200'));
  return new Set(body.items.map(({ id }) => id));
}

async function ordersOf(person: Actor): Promise<readonly Order[]> {
  const { body } = await patiently(() => person.get<Page<Order>>('/me/orders?limit=200'));
  return body.items;
}

/** Asked until it is answered, by services that live, with more than that it should be asked again. */
const patiently = async <Body>(ask: () => Promise<Answer<Body>>): Promise<Answer<Body>> =>
  await until(async () => {
    const answer = await ask();
    const isPutOff = answer.status >= 400 && answer.headers.has('retry-after');
    return answer.status < 500 && !isPutOff && answer;
  }, HEALED);
