import { HEADERS, parseCacheTags, SYSTEM_IDENTITY } from '@cloudphone/contracts';
import { startTestService, type TestService } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBillingService } from '../billing-service.ts';
import { createSimulatedPayments } from '../payments/simulated-payments.ts';
import type { BillingTables } from '../schema.ts';

const [ASKER, DECIDER, OTHER] = [randomId(), randomId(), randomId()];
let service: TestService<BillingTables>;
let orders: { id: string; user_id: string; total: number }[];
let order: { id: string; user_id: string; total: number };
beforeAll(async () => {
  const redis = await testRedis();
  service = await startTestService(
    createBillingService({ payments: createSimulatedPayments() }),
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl: redis.url },
    { seedPeople: 16 },
  );
  whenDone(service.close);
  orders = await service.tools.db
    .selectFrom('orders')
    .select(['id', 'user_id', 'total'])
    .where('status', '=', 'fulfilled')
    .execute();
});
beforeEach(() => {
  order = orders.pop()!;
});

const as = (userId: string) => service.as({ ...SYSTEM_IDENTITY, userId });
const ask = (orderId: string, by = ASKER) =>
  request(service.url).post('/refunds').set(as(by)).send({ orderId, reason: 'too slow' });
const decide = (refundId: string, decision: 'approve' | 'reject', by = DECIDER) =>
  request(service.url).post(`/refunds/${refundId}/${decision}`).set(as(by));
const get = (path: string) => request(service.url).get(path).set(service.as()).expect(200);
const balanceOf = async (userId: string): Promise<number> =>
  (await get(`/balances/${userId}`)).body.balance.amount;
const toldOf = async (orderId: string) =>
  (
    await service.tools.db
      .selectFrom('outbox')
      .select('type')
      .where('key', '=', `order:${orderId}`)
      .orderBy('seq')
      .execute()
  ).map(({ type }) => type);

describe('a refund', () => {
  test('gives the price back when a second person approves, and ends the order', async () => {
    const before = await balanceOf(order.user_id);
    const { body: refund } = await ask(order.id).expect(201);
    expect(refund).toMatchObject({ status: 'requested', requestedBy: ASKER, decidedBy: null });
    expect(await balanceOf(order.user_id)).toBe(before);
    const { body } = await decide(refund.id, 'approve').expect(200);
    expect(body).toMatchObject({ status: 'approved', decidedBy: DECIDER, version: 2 });
    expect(await balanceOf(order.user_id)).toBe(before + order.total);
    expect((await get(`/orders/${order.id}`)).body.status).toBe('refunded');
    expect(await toldOf(order.id)).toEqual([
      'order.refund_requested',
      'order.refund_approved',
      'order.refunded',
    ]);
  });

  test('is never decided by whoever asked for it, by the database itself', async () => {
    const { body: refund } = await ask(order.id).expect(201);
    for (const decision of ['approve', 'reject'] as const) {
      const { body } = await decide(refund.id, decision, ASKER).expect(403);
      expect(body.code).toBe('second_person_needed');
    }
    const forced = service.tools.postgres.db
      .updateTable('refunds')
      .set({ status: 'approved', decided_by: ASKER, decided_at: new Date() })
      .where('id', '=', refund.id)
      .execute();
    await expect(forced).rejects.toThrow('refunds_check');
  });

  test('is given once, however many approve at once', async () => {
    const before = await balanceOf(order.user_id);
    const { body: refund } = await ask(order.id).expect(201);
    const answers = await Promise.all(
      [DECIDER, OTHER, DECIDER, OTHER].map((by) => decide(refund.id, 'approve', by)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(new Set(answers.map(({ body }) => body.decidedBy)).size).toBe(1);
    expect(await balanceOf(order.user_id)).toBe(before + order.total);
  });

  test('that is approved and rejected at once is one of both', async () => {
    const { body: refund } = await ask(order.id).expect(201);
    const answers = await Promise.all([
      decide(refund.id, 'approve'),
      decide(refund.id, 'reject', OTHER),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test('that was rejected may be asked for again; one that waits may not', async () => {
    const { body: refund } = await ask(order.id).expect(201);
    expect((await ask(order.id, OTHER).expect(409)).body.code).toBe('state_conflict');
    await decide(refund.id, 'reject').expect(200);
    expect((await decide(refund.id, 'approve', OTHER).expect(409)).body.code).toBe(
      'state_conflict',
    );
    await ask(order.id).expect(201);
  });

  test('is refused for an order that has no devices, and for none', async () => {
    const row = await service.tools.db
      .selectFrom('orders')
      .select('id')
      .where('status', '=', 'failed')
      .executeTakeFirstOrThrow();
    expect((await ask(row.id).expect(409)).body.code).toBe('state_conflict');
    expect((await ask(randomId()).expect(422)).body.issues[0].path).toBe('body.orderId');
    await decide(randomId(), 'approve').expect(404);
  });

  test('is listed, of all orders or of one, and names what would change the list', async () => {
    const { body: refund } = await ask(order.id).expect(201);
    const answer = await get(`/refunds?orderId=${order.id}`);
    expect(answer.body.items).toEqual([refund]);
    expect(parseCacheTags(answer.headers[HEADERS.cacheTags] ?? '')).toEqual([
      { tag: `refund-of:${order.id}` },
    ]);
    const first = await get('/refunds?limit=2');
    expect(first.body.items[0]).toEqual(refund);
    const second = await get(`/refunds?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body.items.length).toBeGreaterThan(0);
    expect((await get('/refunds?status=rejected')).body.items).toSatisfy(
      (items: { status: string }[]) => items.every(({ status }) => status === 'rejected'),
    );
  });
});
