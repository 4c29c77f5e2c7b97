import { demoPerson, startTestService } from '@cloudphone/domain-service';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { expect, test } from 'vitest';
import { createBillingService } from '../billing-service.ts';
import { createSimulatedPayments } from '../payments/simulated-payments.ts';

test('people below a balance come in the order of their ids, page by page', async () => {
  const billing = createBillingService({ payments: createSimulatedPayments() });
  const redisUrl = (await testRedis()).url;
  const databaseUrl = await testPostgres().freshDatabase();
  const service = await startTestService(billing, { databaseUrl, redisUrl }, { seedPeople: 9 });
  whenDone(service.close);
  const ask = async (path: string) =>
    (await request(service.url).get(path).set(service.as()).expect(200)).body;
  const people = Array.from({ length: 9 }, (_, index) => demoPerson(index + 1).id);
  const balances = await Promise.all(
    people.map(async (id) => ({ id, amount: (await ask(`/balances/${id}`)).balance.amount })),
  );
  const below = balances.map(({ amount }) => amount).sort((a, b) => a - b)[5] ?? 0;
  const expected = balances.filter(({ amount }) => amount < below).map(({ id }) => id);
  const first = await ask(`/segment/people?below=${below}&limit=2`);
  const rest = await ask(`/segment/people?below=${below}&cursor=${first.nextCursor}`);
  expect([...first.userIds, ...rest.userIds]).toEqual(expected.sort());
  expect([first.userIds.length, rest.nextCursor]).toEqual([2, null]);
});
