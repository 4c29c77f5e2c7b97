import { HEADERS, parseCacheTags, SYSTEM_IDENTITY } from '@cloudphone/contracts';
import { demoPerson, startTestService, type TestService } from '@cloudphone/domain-service';
import { sql } from '@cloudphone/postgres';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { createBillingService } from '../billing-service.ts';
import type { BillingTables } from '../schema.ts';
import type { PaymentProvider } from './payment-provider.ts';
import { settleUndecidedPayments } from './settle-undecided.ts';
import { createSimulatedPayments } from './simulated-payments.ts';

const PEOPLE = 16;
const DECLINED = 66_600;
const STALLED = 77_700;
const charges: string[] = [];
let service: TestService<BillingTables>;
let whatHappens: () => Promise<void> = async () => undefined;
const provider = watchedPayments();

beforeAll(async () => {
  const redis = await testRedis();
  service = await startTestService(
    createBillingService({ payments: provider, paymentTimeoutMs: 300 }),
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl: redis.url },
    { seedPeople: PEOPLE },
  );
  whenDone(service.close);
});

/** The simulated provider, noting each reference; what happens after the money is taken is scripted. */
function watchedPayments(): PaymentProvider {
  const simulated = createSimulatedPayments({
    declinedAmounts: [DECLINED],
    stalledAmounts: [STALLED],
  });
  return {
    name: simulated.name,
    charge: async (charge, signal) => {
      charges.push(charge.reference);
      const outcome = await simulated.charge(charge, signal);
      await whatHappens();
      return outcome;
    },
  };
}

const get = (path: string) => request(service.url).get(path).set(service.as());
const topUp = (userId: string, amount: number, key?: string) => {
  const asking = request(service.url).post(`/users/${userId}/payments`).set(service.as());
  const asked = key === undefined ? asking : asking.set(HEADERS.idempotencyKey, key);
  return asked.send({ amount, method: 'card' });
};
const balanceOf = async (userId: string) =>
  (await get(`/balances/${userId}`).expect(200)).body as { balance: { amount: number } };
const tagsOf = (answer: request.Response) => parseCacheTags(answer.headers['cache-tags'] ?? '');

async function entriesOf(userId: string): Promise<number[]> {
  const rows = await service.tools.db
    .selectFrom('ledger_entries')
    .select('amount')
    .where('account_id', '=', `person:${userId}`)
    .orderBy('id')
    .execute();
  return rows.map(({ amount }) => amount);
}

async function sumOfAllEntries(): Promise<number> {
  const { rows } = await sql<{ sum: string }>`select sum(amount) from ledger_entries`.execute(
    service.tools.postgres.db,
  );
  return Number(rows[0]?.sum);
}

/** People whose balance is not the sum of their entries. */
async function unexplainedBalances() {
  const { rows } = await sql`
    select user_id, amount, entered from balances
    left join lateral (
      select sum(amount) as entered from ledger_entries where account_id = 'person:' || user_id
    ) as entries on true
    where entered is distinct from amount`.execute(service.tools.postgres.db);
  return rows;
}

describe('a balance', () => {
  test('of somebody who never paid in is zero, and names what would change that', async () => {
    const userId = randomId();
    const answer = await get(`/balances/${userId}`).expect(200);
    expect(answer.body).toEqual({ userId, balance: { amount: 0, currency: 'CNY' }, version: 0 });
    expect(tagsOf(answer)).toEqual([{ tag: `balance:${userId}`, version: 0 }]);
  });

  test('of every demo person is the sum of their entries, and the whole ledger is zero', async () => {
    expect(await unexplainedBalances()).toEqual([]);
    expect(await sumOfAllEntries()).toBe(0);
    expect((await entriesOf(demoPerson(1).id)).length).toBeGreaterThan(1);
  });

  test('below the threshold is counted, and names every balance', async () => {
    const answer = await get('/low-balance-count?below=1000').expect(200);
    expect(answer.body).toEqual({ below: 1000, count: 2 });
    expect(tagsOf(answer)).toEqual([{ tag: 'balances' }]);
  });
});

describe('topping up', () => {
  test('credits the person, enters both sides and tells of the new balance', async () => {
    const userId = randomId();
    const { body, headers } = await topUp(userId, 5_000).expect(201);
    expect(body).toMatchObject({
      userId,
      amount: { amount: 5_000, currency: 'CNY' },
      method: 'card',
      status: 'succeeded',
      provider: 'simulated',
    });
    expect(await entriesOf(userId)).toEqual([5_000]);
    expect(await balanceOf(userId)).toEqual({
      userId,
      balance: { amount: 5_000, currency: 'CNY' },
      version: 1,
    });
    const told = await service.tools.db
      .selectFrom('outbox')
      .select(['id', 'type'])
      .where('key', '=', `balance:${userId}`)
      .orderBy('seq')
      .execute();
    expect(told.map(({ type }) => type)).toEqual([
      'billing.payment_started',
      'billing.payment_success',
    ]);
    expect(headers[HEADERS.eventIds]).toBe(told.map(({ id }) => id).join());
  });

  test('by twenty at once adds up, and the ledger sums to zero', async () => {
    const userId = randomId();
    const amounts = Array.from({ length: 20 }, (_, i) => (i + 1) * 100);
    const answers = await Promise.all(amounts.map((amount) => topUp(userId, amount)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(await balanceOf(userId)).toMatchObject({ balance: { amount: 21_000 }, version: 20 });
    expect((await entriesOf(userId)).sort((a, b) => a - b)).toEqual(amounts);
    expect(await unexplainedBalances()).toEqual([]);
    expect(await sumOfAllEntries()).toBe(0);
  });

  test('with one key is paid once and answered alike, whoever asks', async () => {
    const userId = randomId();
    const first = await topUp(userId, 700, 'k-1').expect(201);
    await topUp(userId, 50).expect(201);
    // The server keeps answers by caller; another caller gets as far as the payment itself.
    const colleague = service.as({ ...SYSTEM_IDENTITY, userId: randomId() });
    const second = await topUp(userId, 700, 'k-1').expect(201);
    const third = await topUp(userId, 700, 'k-1').set(colleague).expect(201);
    expect([second.body, third.body]).toEqual([first.body, first.body]);
    expect(await entriesOf(userId)).toEqual([700, 50]);
  });

  test('with a key that somebody else used for themselves is a payment of its own', async () => {
    const [one, other] = [randomId(), randomId()];
    await topUp(one, 700, 'k-1b').expect(201);
    const theirs = service.as({ ...SYSTEM_IDENTITY, userId: other });
    await topUp(other, 700, 'k-1b').set(theirs).expect(201);
    expect(await entriesOf(other)).toEqual([700]);
  });

  test('with one key by many at once is paid once', async () => {
    const userId = randomId();
    const callers = Array.from({ length: 8 }, () =>
      service.as({ ...SYSTEM_IDENTITY, userId: randomId() }),
    );
    const answers = await Promise.all(
      callers.map((caller) => topUp(userId, 300, 'k-2').set(caller).expect(201)),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await entriesOf(userId)).toEqual([300]);
  });

  test('with a key that was for another amount is refused', async () => {
    const userId = randomId();
    await topUp(userId, 300, 'k-3').expect(201);
    const { body } = await topUp(userId, 301, 'k-3').expect(422);
    expect(body.code).toBe('idempotency_mismatch');
    expect(await entriesOf(userId)).toEqual([300]);
  });

  test('that lost the provider’s answer is pending, and a repeat finishes it under the same reference', async () => {
    const userId = randomId();
    const before = charges.length;
    whatHappens = async () => {
      throw new Error('the connection broke after the money was taken');
    };
    expect((await topUp(userId, 900, 'k-4').expect(201)).body.status).toBe('pending');
    expect(await entriesOf(userId)).toEqual([]);
    whatHappens = async () => undefined;
    // The server keeps answers by caller: another caller gets as far as the payment itself.
    const colleague = service.as({ ...SYSTEM_IDENTITY, userId: randomId() });
    const { body } = await topUp(userId, 900, 'k-4').set(colleague).expect(201);
    expect(body.status).toBe('succeeded');
    expect(await entriesOf(userId)).toEqual([900]);
    const asked = charges.slice(before);
    expect(asked).toHaveLength(2);
    expect(new Set(asked).size).toBe(1);
  });

  test('that the provider says nothing of is settled later, once, however many ask again', async () => {
    const userId = randomId();
    const { body } = await topUp(userId, STALLED).expect(201);
    expect(body).toMatchObject({ status: 'pending', settledAt: null });
    const listed = await get(`/users/${userId}/payments`).expect(200);
    expect(listed.body.items).toEqual([body]);
    expect(tagsOf(listed)).toEqual([{ tag: `payments-of:${userId}` }]);
    const before = charges.length;
    const clock = { ...service.tools.clock, now: () => Date.now() + 31_000 };
    const again = () =>
      settleUndecidedPayments({ ...service.tools, clock }, { provider, timeoutMs: 300 });
    await Promise.all([again(), again(), again()]);
    await again();
    expect(charges.slice(before)).toEqual([body.id]);
    expect(await entriesOf(userId)).toEqual([STALLED]);
    const [settled] = (await get(`/users/${userId}/payments`).expect(200)).body.items;
    expect(settled).toMatchObject({ id: body.id, status: 'succeeded' });
  });

  test('that is declined changes nothing and stays declined', async () => {
    const userId = randomId();
    expect((await topUp(userId, DECLINED, 'k-5').expect(402)).body.code).toBe('payment_declined');
    await topUp(userId, DECLINED, 'k-5').expect(402);
    expect(await entriesOf(userId)).toEqual([]);
    const { items } = (await get(`/users/${userId}/payments`).expect(200)).body;
    expect(items).toMatchObject([{ status: 'declined' }]);
    const told = await service.tools.db
      .selectFrom('outbox')
      .select('type')
      .where('key', '=', `balance:${userId}`)
      .execute();
    expect(told.map(({ type }) => type).sort()).toEqual([
      'billing.payment_failed',
      'billing.payment_started',
    ]);
    expect(await balanceOf(userId)).toMatchObject({ version: 0 });
  });

  test('of nothing, of a fraction or of too much is refused', async () => {
    for (const amount of [0, -1, 0.5, 100_000_001]) await topUp(randomId(), amount).expect(422);
  });
});

describe('the ledger', () => {
  test('refuses, at commit, a transaction whose entries do not sum to zero', async () => {
    const transactionId = randomId();
    const commit = service.tools.postgres.db.transaction().execute(async (tx) => {
      await tx
        .insertInto('ledger_transactions')
        .values({ id: transactionId, kind: 'top_up', about_id: randomId(), at: new Date() })
        .execute();
      await tx
        .insertInto('ledger_entries')
        .values([
          { transaction_id: transactionId, account_id: 'revenue', amount: 100 },
          { transaction_id: transactionId, account_id: 'provider:simulated', amount: -99 },
        ])
        .execute();
    });
    await expect(commit).rejects.toThrow(/entries of transaction .* differ by 1/);
    expect(await sumOfAllEntries()).toBe(0);
  });

  test('is appended to and never changed', async () => {
    const { db } = service.tools.postgres;
    const change = db.updateTable('ledger_entries').set({ amount: 1 }).execute();
    await expect(change).rejects.toThrow('ledger_entries is append-only');
    await expect(db.deleteFrom('ledger_entries').execute()).rejects.toThrow('append-only');
  });
});
