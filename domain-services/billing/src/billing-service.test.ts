import {
  billingCalls,
  type EventBody,
  type EventEnvelope,
  type EventType,
  type NewEvent,
  parseCacheTags,
  SYSTEM_IDENTITY,
} from '@cloudphone/contracts';
import {
  demoDevice,
  demoPerson,
  startTestService,
  type TestService,
} from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { createBillingService } from './billing-service.ts';
import { DEMO_PLANS } from './demo/demo-plans.ts';
import { issueInvoices } from './invoices/issue-invoices.ts';
import { createSimulatedPayments } from './payments/simulated-payments.ts';
import { reactions } from './reactions.ts';
import type { BillingTables } from './schema.ts';

const billing = createBillingService({
  payments: createSimulatedPayments(),
  // No test waits until an order's devices do not come.
  allocationTimeoutMs: 3_600_000,
});
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

const PLAN = { name: 'New', price: { amount: 100, currency: 'CNY' }, durationDays: 7 };

describe('a write that changes an answer', () => {
  const [BUYER, OTHER] = [demoPerson(1), demoPerson(2)];
  const ask = (method: 'get' | 'post' | 'patch', path: string) =>
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
    '/segment/people?below=10000000',
    `/users/${BUYER.id}/usage`,
    `/users/${BUYER.id}/payments`,
    `/users/${BUYER.id}/invoices`,
    '/refunds',
    `/refunds?orderId=${orderId}`,
    '/reports/revenue',
    '/reports/usage',
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

  /** Of every event that was published after `seq`, by what was asked or by what followed. */
  async function tagsAfter(seq: number): Promise<string[]> {
    const rows = await service.tools.db
      .selectFrom('outbox')
      .select('payload')
      .where('seq', '>', seq)
      .execute();
    return rows.flatMap(({ payload }) =>
      (payload as unknown as { envelope: { tags: string } }).envelope.tags.split(','),
    );
  }

  const lastSeq = async () =>
    (
      await service.tools.db
        .selectFrom('outbox')
        .select((of) => of.fn.max('seq').as('seq'))
        .executeTakeFirstOrThrow()
    ).seq ?? 0;

  const topUp = () =>
    ask('post', `/users/${BUYER.id}/payments`).send({ amount: 9_999_999, method: 'alipay' });
  const placeOrder = () =>
    ask('post', '/orders').send({
      userId: BUYER.id,
      userName: BUYER.name,
      userEmail: BUYER.email,
      tenantId: BUYER.tenantId,
      planId: DEMO_PLANS[0].id,
      quantity: 1,
    });
  const hear = async <Type extends EventType>(type: Type, data: EventBody<Type>) => {
    const envelope = { id: randomId(), time: new Date().toISOString() } as EventEnvelope;
    await service.tools.writer.write(async (tx) => {
      const events: NewEvent[] = [];
      for (const reaction of reactions().filter(({ on }) => on === type)) {
        events.push(...(await reaction.run({ data, envelope }, tx)));
      }
      return { result: undefined, events: events as [NewEvent] };
    });
  };
  const at = new Date().toISOString();
  const device: EventBody<'device.stopped'> = {
    ...demoDevice(1, 1),
    id: randomId(),
    ownerId: BUYER.id,
    ownerName: null,
    ownerEmail: null,
    tenantId: null,
    status: 'stopped',
    lastError: null,
    expiresAt: null,
    version: 2,
    createdAt: at,
    updatedAt: at,
  };
  let refundId = '';
  const decide = async (decision: 'approve' | 'reject') => {
    const second = service.as({ ...SYSTEM_IDENTITY, userId: randomId() });
    await ask('post', `/refunds/${refundId}/${decision}`).set(second).expect(200);
  };
  const requestRefund = async () => {
    const { body } = await ask('post', '/refunds').send({ orderId, reason: 'slow' }).expect(201);
    refundId = body.id;
  };

  beforeAll(async () => {
    await topUp().expect(201);
    orderId = (await placeOrder().expect(201)).body.id;
  });

  test.each([
    ['a new plan', () => ask('post', '/plans').send({ ...PLAN, code: 'new' })],
    ['a changed plan', () => ask('patch', `/plans/${DEMO_PLANS[1].id}`).send({ name: 'Other' })],
    ['a retired plan', () => ask('patch', `/plans/${DEMO_PLANS[2].id}`).send({ isRetired: true })],
    ['placing an order', placeOrder],
    [
      'the devices of an order',
      () =>
        hear('device.allocated', {
          orderId,
          userId: BUYER.id,
          quantity: 1,
          deviceIds: [randomId()],
          reason: null,
          at: new Date().toISOString(),
        }),
    ],
    ['asking for a refund', requestRefund],
    ['a refused refund', () => decide('reject')],
    [
      'an approved refund',
      async () => {
        await requestRefund();
        await decide('approve');
      },
    ],
    [
      'cancelling an order',
      async () => {
        const { body } = await placeOrder().expect(201);
        await ask('post', `/orders/${body.id}/cancel`).expect(200);
      },
    ],
    ['a top-up', topUp],
    [
      'a metered run',
      async () => {
        const at = new Date(Date.now() - 600_000);
        const { db } = service.tools.postgres;
        const meter = { device_id: device.id, version: 1, user_id: BUYER.id, started_at: at };
        await db.insertInto('meters').values(meter).execute();
        await hear('device.stopped', device);
      },
    ],
    [
      'the invoices of a month',
      () => {
        const clock = { ...service.tools.clock, now: () => Date.now() + 40 * 86_400_000 };
        return issueInvoices({ ...service.tools, clock });
      },
    ],
    [
      'another threshold',
      () =>
        hear('system.settings_updated', {
          lowBalanceBelow: { amount: 9_000, currency: 'CNY' },
          quotaAlertPercent: 80,
          locales: ['en'],
          defaultLocale: 'en',
          senderName: 'Cloud',
          quietHours: null,
          version: 2,
          updatedAt: new Date().toISOString(),
        }),
    ],
    [
      'a deleted person',
      () =>
        hear('user.deleted', {
          id: BUYER.id,
          tenantId: BUYER.tenantId,
          erase: true,
          version: 99,
          at: new Date().toISOString(),
        }),
    ],
  ])('publishes a tag of that answer: %s', async (_, write: () => PromiseLike<unknown>) => {
    const before = await look();
    const seq = await lastSeq();
    await write();
    const published = await tagsAfter(seq);
    const after = await look();
    const changed = [...before].filter(([path, { body }]) => after.get(path)?.body !== body);
    expect(changed).not.toEqual([]);
    for (const [path, { tags }] of changed) {
      expect(published, `${path} changed`).toEqual(
        expect.arrayContaining([expect.toBeOneOf(tags)]),
      );
    }
  });
});
