import { startTestService, type TestService } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { createBillingService } from '../billing-service.ts';
import { createSimulatedPayments } from '../payments/simulated-payments.ts';
import type { BillingTables } from '../schema.ts';

let service: TestService<BillingTables>;
beforeAll(async () => {
  const redis = await testRedis();
  service = await startTestService(
    createBillingService({ payments: createSimulatedPayments() }),
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl: redis.url },
    { seedPeople: 1 },
  );
  whenDone(service.close);
});

const price = (amount: number) => ({ amount, currency: 'CNY' });
const create = (changes: object = {}) =>
  request(service.url)
    .post('/plans')
    .set(service.as())
    .send({ code: `p-${randomId()}`, name: 'P', price: price(500), durationDays: 30, ...changes });
const change = (id: string, changes: object) =>
  request(service.url).patch(`/plans/${id}`).set(service.as()).send(changes);
const toldOf = async (id: string) =>
  (
    await service.tools.db
      .selectFrom('outbox')
      .select('type')
      .where('key', '=', `plan:${id}`)
      .orderBy('seq')
      .execute()
  ).map(({ type }) => type);

describe('a plan', () => {
  test('is created, changed, retired and put on sale again, each told once', async () => {
    const { body: plan } = await create().expect(201);
    expect(plan).toMatchObject({ isRetired: false, version: 1, price: price(500) });
    const { body: dearer } = await change(plan.id, { price: price(700) }).expect(200);
    expect(dearer).toMatchObject({ version: 2, price: price(700), name: 'P' });
    await change(plan.id, { isRetired: true }).expect(200);
    await change(plan.id, { isRetired: true }).expect(200);
    const { body: back } = await change(plan.id, { isRetired: false }).expect(200);
    expect(back).toMatchObject({ version: 4, isRetired: false });
    expect(await toldOf(plan.id)).toEqual([
      'plan.created',
      'plan.updated',
      'plan.retired',
      'plan.updated',
    ]);
  });

  test('of a code that is taken is refused', async () => {
    const { body: plan } = await create().expect(201);
    expect((await create({ code: plan.code }).expect(409)).body.code).toBe('already_exists');
  });

  test('is not changed by whoever read an older version', async () => {
    const { body: plan } = await create().expect(201);
    const answers = await Promise.all(
      ['A', 'B', 'C'].map((name) => change(plan.id, { name }).set('if-match', '"1"')),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.body).toMatchObject({ code: 'version_conflict', currentVersion: 2 });
  });

  test('with a fraction, another currency, no change or an odd code is refused', async () => {
    await create({ price: price(0.5) }).expect(422);
    await create({ price: { amount: 5, currency: 'USD' } }).expect(422);
    await create({ code: 'No Spaces' }).expect(422);
    const { body: plan } = await create().expect(201);
    await change(plan.id, {}).expect(422);
    await change(randomId(), { name: 'X' }).expect(404);
  });
});
