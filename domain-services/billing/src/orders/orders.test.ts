import { HEADERS, type Order, parseCacheTags, SYSTEM_IDENTITY } from '@cloudphone/contracts';
import { demoPerson, startTestService, type TestService } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { createBillingService } from '../billing-service.ts';
import { DEMO_PLANS } from '../demo/demo-plans.ts';
import { createSimulatedPayments } from '../payments/simulated-payments.ts';
import type { BillingTables } from '../schema.ts';

const PEOPLE = 12;
const DAY_MS = 86_400_000;
let service: TestService<BillingTables>;
beforeAll(async () => {
  const redis = await testRedis();
  service = await startTestService(
    createBillingService({
      payments: createSimulatedPayments(),
      // No test waits until an order's devices do not come.
      allocationTimeoutMs: 3_600_000,
    }),
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl: redis.url },
    { seedPeople: PEOPLE },
  );
  whenDone(service.close);
  await pay(RICH);
});

const [PLAN] = DEMO_PLANS;
const get = (path: string) => request(service.url).get(path).set(service.as());
const post = (path: string) => request(service.url).post(path).set(service.as());
const RICH = randomId();
const order = (changes: object = {}) =>
  post('/orders').send({
    userId: RICH,
    userName: 'Ada',
    userEmail: 'ada@example.com',
    tenantId: 'acme',
    planId: PLAN.id,
    quantity: 2,
    ...changes,
  });
const pay = (userId: string) =>
  post(`/users/${userId}/payments`).send({ amount: 100_000_000, method: 'card' }).expect(201);
const tagsOf = (answer: request.Response) => parseCacheTags(answer.headers['cache-tags'] ?? '');

async function publishedAbout(orderId: string): Promise<string[]> {
  const rows = await service.tools.db
    .selectFrom('outbox')
    .select('type')
    .where('key', '=', `order:${orderId}`)
    .orderBy('seq')
    .execute();
  return rows.map(({ type }) => type);
}

/** A new order brought to a state that only other work than these calls brings about. */
async function orderThatIs(status: 'failed' | 'fulfilled'): Promise<string> {
  const { body } = await order().expect(201);
  await service.tools.postgres.db
    .updateTable('orders')
    .set({ status })
    .where('id', '=', body.id)
    .execute();
  await service.tools.postgres.db
    .deleteFrom('purchase_work')
    .where('order_id', '=', body.id)
    .execute();
  return body.id;
}

describe('plans', () => {
  test('come cheapest first, the retired one marked, each with its version', async () => {
    const answer = await get('/plans').expect(200);
    expect(answer.body.items.map(({ code }: { code: string }) => code)).toEqual([
      'trial-week',
      'mini-month',
      'standard-month',
      'pro-month',
      'standard-year',
    ]);
    expect(answer.body.items[0]).toMatchObject({
      isRetired: true,
      price: { amount: 900, currency: 'CNY' },
    });
    expect(tagsOf(answer)[0]).toEqual({ tag: 'plans' });
    expect(tagsOf(answer)).toHaveLength(6);
  });

  test('page by price', async () => {
    const first = await get('/plans?limit=3').expect(200);
    const second = await get(`/plans?limit=3&cursor=${first.body.nextCursor}`).expect(200);
    expect(second.body.items.map(({ code }: { code: string }) => code)).toEqual([
      'pro-month',
      'standard-year',
    ]);
    expect(second.body.nextCursor).toBeNull();
  });
});

describe('ordering', () => {
  test('makes an order at the plan’s price, charges it, tells of both, and begins its timeline', async () => {
    const { body, headers } = await order().expect(201);
    expect(body).toMatchObject({
      status: 'paid',
      planName: PLAN.name,
      total: { amount: 2 * PLAN.price, currency: 'CNY' },
      deviceIds: [],
      version: 2,
    });
    expect(headers[HEADERS.eventIds]?.split(',')).toHaveLength(2);
    expect(await publishedAbout(body.id)).toEqual(['order.created', 'order.paid']);
    const read = await get(`/orders/${body.id}`).expect(200);
    const timeline = [
      { status: 'created', at: body.createdAt },
      { status: 'paid', at: body.updatedAt },
    ];
    expect(read.body).toEqual({ ...body, timeline });
    expect(tagsOf(read)).toEqual([{ tag: `order:${body.id}`, version: 2 }]);
  });

  test('more than the balance covers is refused, and leaves no order', async () => {
    const userId = randomId();
    const { body } = await order({ userId }).expect(402);
    expect(body.code).toBe('balance_too_low');
    expect((await get(`/orders?userId=${userId}`).expect(200)).body.items).toEqual([]);
  });

  test.each([
    ['unknown', randomId()],
    ['retired', DEMO_PLANS[4].id],
  ])('a plan that is %s is refused', async (_, planId) => {
    const { body } = await order({ planId }).expect(422);
    expect(body.issues).toEqual([{ path: 'body.planId', message: 'no such plan is on sale' }]);
  });

  test('every fault of the input is listed by its path', async () => {
    const { body } = await order({ quantity: 0, userEmail: 'nobody', extra: 1 }).expect(422);
    expect(body.issues.map(({ path }: { path: string }) => path).sort()).toEqual([
      'body.extra',
      'body.quantity',
      'body.userEmail',
    ]);
  });

  test('again with the same key gives the same order; for something else it is refused', async () => {
    const userId = randomId();
    await pay(userId);
    const ask = (quantity: number) =>
      order({ userId, quantity }).set(HEADERS.idempotencyKey, 'the-first');
    const { body: first } = await ask(1).expect(201);
    const { body: second } = await ask(1).expect(201);
    expect(second).toEqual(first);
    expect((await ask(3).expect(422)).body.code).toBe('idempotency_mismatch');
    // The server keeps answers by caller; another caller gets as far as the order itself.
    const colleague = service.as({ ...SYSTEM_IDENTITY, userId: randomId() });
    expect((await ask(1).set(colleague).expect(201)).body).toEqual(first);
    expect((await ask(3).set(colleague).expect(422)).body.code).toBe('idempotency_mismatch');
    expect((await get(`/orders?userId=${userId}`).expect(200)).body.items).toEqual([first]);
    const { body: another } = await order({ userId }).expect(201);
    const madeWith = async (key: string) =>
      (await get(`/orders?userId=${userId}&idempotencyKey=${key}`).expect(200)).body.items;
    expect(await madeWith('the-first')).toEqual([first]);
    expect(await madeWith('another')).toEqual([]);
    expect(another.id).not.toBe(first.id);
  });
});

describe('cancelling', () => {
  test('what is paid for, by ten at once, gives the money back once', async () => {
    const { body } = await order().expect(201);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => post(`/orders/${body.id}/cancel`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    for (const answer of answers) {
      expect(answer.body).toMatchObject({ status: 'refunded', version: 4 });
    }
    expect(await publishedAbout(body.id)).toEqual([
      'order.created',
      'order.paid',
      'order.cancelled',
      'order.refunded',
    ]);
    const { timeline } = (await get(`/orders/${body.id}`).expect(200)).body;
    expect(timeline).toHaveLength(4);
  });

  test.each(['failed', 'fulfilled'] as const)(
    'what is %s is refused and changes nothing',
    async (status) => {
      const id = await orderThatIs(status);
      expect((await post(`/orders/${id}/cancel`).expect(409)).body.code).toBe('state_conflict');
      expect((await get(`/orders/${id}`).expect(200)).body.status).toBe(status);
    },
  );

  test('what does not exist is a 404', async () => {
    await post(`/orders/${randomId()}/cancel`).expect(404);
  });
});

describe('the history of an order', () => {
  test('is appended to and never changed, by the database itself', async () => {
    const { db } = service.tools.postgres;
    const change = db.updateTable('order_steps').set({ status: 'paid' }).execute();
    await expect(change).rejects.toThrow('order_steps is append-only');
    await expect(db.deleteFrom('order_steps').execute()).rejects.toThrow('append-only');
  });

  test('ends, for every demo order, in the status that the order shows', async () => {
    const rows = await service.tools.db
      .selectFrom('orders')
      .select(['id', 'status', 'version'])
      .where(
        'user_id',
        'in',
        Array.from({ length: PEOPLE }, (_, i) => demoPerson(i + 1).id),
      )
      .execute();
    expect(rows).toHaveLength(PEOPLE * 1.5);
    expect(rows.filter(({ status }) => status === 'created' || status === 'paid')).toEqual([]);
    for (const { id, status, version } of rows) {
      const { timeline } = (await get(`/orders/${id}`).expect(200)).body;
      expect(timeline.at(-1).status).toBe(status);
      expect(timeline).toHaveLength(version);
    }
  });
});

describe('the list of orders', () => {
  test('pages through every order once, the newest first', async () => {
    const seen: Order[] = [];
    let cursor: string | null = null;
    do {
      const after: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body } = await get(`/orders?status=fulfilled&limit=2${after}`).expect(200);
      seen.push(...body.items);
      cursor = body.nextCursor;
    } while (cursor !== null);
    const { body } = await get('/orders?status=fulfilled&limit=200').expect(200);
    expect(seen).toEqual(body.items);
    expect(seen.length).toBeGreaterThan(4);
    const times = seen.map(({ createdAt }) => createdAt);
    expect(times).toEqual([...times].sort().reverse());
  });

  test('names the person’s collection, the collection of all, or the ids asked for', async () => {
    const { id: userId } = demoPerson(1);
    const own = await get(`/orders?userId=${userId}`).expect(200);
    expect(own.body.items).toHaveLength(2);
    expect(tagsOf(own).map(({ tag }) => tag)).toEqual([
      `orders-of:${userId}`,
      ...own.body.items.map(({ id }: Order) => `order:${id}`),
    ]);
    expect(tagsOf(await get('/orders?limit=1').expect(200))[0]).toEqual({ tag: 'orders' });
    const absent = randomId();
    expect(tagsOf(await get(`/orders?ids=${absent}`).expect(200))).toEqual([
      { tag: `order:${absent}` },
    ]);
  });

  test('of a person without orders names what would end that', async () => {
    const userId = randomId();
    const answer = await get(`/orders?userId=${userId}`).expect(200);
    expect(tagsOf(answer)).toEqual([{ tag: `orders-of:${userId}` }]);
  });
});

describe('order counts', () => {
  test('add up, and change by themselves at the next midnight', async () => {
    const beforeMs = Date.now();
    const { body, headers } = await get('/order-counts').expect(200);
    const parts = Object.values(body.byStatus as Record<string, number>);
    expect(parts.reduce((sum, count) => sum + count, 0)).toBe(body.total);
    const untilMs = Date.parse(headers[HEADERS.cacheUntil] ?? '');
    expect(untilMs % DAY_MS).toBe(0);
    expect(untilMs).toBeGreaterThan(beforeMs);
    expect(untilMs - Date.now()).toBeLessThanOrEqual(DAY_MS);
  });

  test('count as revenue what was paid within the days and was not refunded', async () => {
    const { body, headers } = await get('/order-counts').expect(200);
    const todayMs = Date.parse(headers[HEADERS.cacheUntil] ?? '') - DAY_MS;
    const rows = await service.tools.db
      .selectFrom('orders')
      .innerJoin('order_steps', 'order_steps.order_id', 'orders.id')
      .select(['orders.total', 'order_steps.at', 'orders.status'])
      .where('order_steps.status', '=', 'paid')
      .execute();
    const since = (days: number) =>
      rows
        .filter(({ status }) => status !== 'refunded')
        .filter(({ at }) => at.getTime() >= todayMs - (days - 1) * DAY_MS)
        .reduce((sum, { total }) => sum + total, 0);
    expect(rows.some(({ status }) => status === 'refunded')).toBe(true);
    expect(body.revenue).toEqual({
      today: { amount: since(1), currency: 'CNY' },
      last7Days: { amount: since(7), currency: 'CNY' },
      last30Days: { amount: since(30), currency: 'CNY' },
    });
    expect(body.revenue.last30Days.amount).toBeGreaterThan(0);
  });
});
