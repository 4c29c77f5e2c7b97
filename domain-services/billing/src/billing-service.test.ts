import { billingCalls, parseCacheTags } from '@cloudphone/contracts';
import { demoPerson, startTestService, type TestService } from '@cloudphone/domain-service';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { createBillingService } from './billing-service.ts';
import { DEMO_PLANS } from './demo/demo-plans.ts';
import { createSimulatedPayments } from './payments/simulated-payments.ts';
import type { BillingTables } from './schema.ts';

const billing = createBillingService({ payments: createSimulatedPayments() });
let service: TestService<BillingTables>;
beforeAll(async () => {
  const redis = await testRedis();
  const databaseUrl = await testPostgres().freshDatabase();
  service = await startTestService(billing, { databaseUrl, redisUrl: redis.url });
  whenDone(service.close);
});

test('the billing service answers every call of its contract', () => {
  const answered = billing.routes(service.tools).map(({ name }) => name);
  expect(answered.sort()).toEqual(Object.keys(billingCalls).sort());
});

describe('a write that changes an answer', () => {
  const [BUYER, OTHER] = [demoPerson(1), demoPerson(2)];
  const ask = (method: 'get' | 'post', path: string) =>
    request(service.url)[method](path).set(service.as());
  let orderId = '';

  /** Every kind of read that a change of `BUYER` could show in, and one of somebody else's. */
  const reads = () => [
    '/plans',
    '/orders',
    '/orders?status=created',
    `/orders?userId=${BUYER.id}`,
    `/orders?userId=${OTHER.id}`,
    `/orders?ids=${orderId}`,
    `/orders/${orderId}`,
    '/order-counts',
    `/balances/${BUYER.id}`,
    '/low-balance-count?below=10000000',
    '/low-balance-count',
    `/users/${BUYER.id}/usage`,
  ];

  async function look(): Promise<Map<string, { body: string; tags: string[] }>> {
    const seen = new Map<string, { body: string; tags: string[] }>();
    for (const path of reads()) {
      const { body, headers } = await ask('get', path).expect(200);
      const tags = parseCacheTags(headers['cache-tags'] ?? '').map(({ tag }) => tag);
      seen.set(path, { body: JSON.stringify(body), tags });
    }
    return seen;
  }

  async function tagsPublishedAs(eventId: string): Promise<string[]> {
    const row = await service.tools.db
      .selectFrom('outbox')
      .select('payload')
      .where('id', '=', eventId)
      .executeTakeFirstOrThrow();
    const payload = row.payload as unknown as { envelope: { tags: string } };
    return payload.envelope.tags.split(',');
  }

  beforeAll(async () => {
    const { body } = await placeOrder().expect(201);
    orderId = body.id;
  });

  const placeOrder = () =>
    ask('post', '/orders').send({
      userId: BUYER.id,
      userName: BUYER.name,
      userEmail: BUYER.email,
      tenantId: BUYER.tenantId,
      planId: DEMO_PLANS[0].id,
      quantity: 1,
    });

  test.each([
    ['placing an order', placeOrder],
    ['cancelling an order', () => ask('post', `/orders/${orderId}/cancel`)],
    ['a top-up', () => ask('post', `/balances/${BUYER.id}/top-ups`).send({ amount: 9_999_999 })],
  ])('publishes a tag of that answer: %s', async (_, write) => {
    const before = await look();
    const { headers } = await write();
    const published = await tagsPublishedAs(headers['event-ids'] ?? '');
    const after = await look();
    const changed = [...before].filter(([path, { body }]) => after.get(path)?.body !== body);
    expect(changed.length).toBeGreaterThan(1);
    for (const [path, { tags }] of changed) {
      expect(published, `${path} changed`).toEqual(
        expect.arrayContaining([expect.toBeOneOf(tags)]),
      );
    }
  });
});
