import { demoDevicesOf, demoPerson, startTestService } from '@cloudphone/domain-service';
import { sql } from '@cloudphone/postgres';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { createBillingService } from '../billing-service.ts';
import { createSimulatedPayments } from '../payments/simulated-payments.ts';

const billing = createBillingService({ payments: createSimulatedPayments() });
let redisUrl: string;
beforeAll(async () => {
  redisUrl = (await testRedis()).url;
});

/** Starts on a database as often as there are numbers, and describes what is in it at the end. */
async function seeded(...peopleAtEachStart: number[]) {
  const databaseUrl = await testPostgres().freshDatabase();
  const start = (seedPeople: number) =>
    startTestService(billing, { databaseUrl, redisUrl }, { seedPeople });
  let service = await start(peopleAtEachStart[0]!);
  for (const people of peopleAtEachStart.slice(1)) {
    await service.close();
    service = await start(people);
  }
  whenDone(service.close);
  const { db } = service.tools;
  const count = async (table: 'plans' | 'orders' | 'balances' | 'payments' | 'usage_records') =>
    (
      await db
        .selectFrom(table)
        .select((of) => of.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
    ).count;
  const { rows: wrong } = await sql`
    select account_id from ledger_entries where account_id like 'person:%'
    group by account_id having sum(amount) is distinct from
      (select amount from balances where 'person:' || user_id = account_id)`.execute(
    service.tools.postgres.db,
  );
  return { service, count, wrong };
}

describe('demo data', () => {
  test('is the same whether people come at once or later', async () => {
    const [once, later] = [await seeded(6), await seeded(2, 6, 6)];
    for (const table of ['plans', 'orders', 'balances', 'payments', 'usage_records'] as const) {
      expect(await later.count(table)).toBe(await once.count(table));
    }
    expect([once.wrong, later.wrong]).toEqual([[], []]);
    expect(await once.count('balances')).toBe(6);
  });

  test('gives fulfilled orders a device of the person who ordered', async () => {
    const { service } = await seeded(12);
    for (let n = 1; n <= 12; n += 1) {
      const orders = await service.tools.db
        .selectFrom('orders')
        .select(['status', 'device_id'])
        .where('user_id', '=', demoPerson(n).id)
        .execute();
      const devices = demoDevicesOf(n).map(({ id }) => id);
      for (const { status, device_id } of orders) {
        if (status === 'fulfilled') expect(devices).toContain(device_id);
        else if (device_id !== null) expect(status).toBe('refunded');
      }
    }
  });

  test('has an invoice for each month of a person that is over, numbered without gaps', async () => {
    const { service } = await seeded(4, 20);
    const rows = await service.tools.db
      .selectFrom('invoices')
      .selectAll()
      .orderBy('number')
      .execute();
    expect(rows).not.toEqual([]);
    const positions = new Map<string, number>();
    for (const { number } of rows) {
      const [year = '', position] = number.split('-');
      expect(Number(position)).toBe((positions.get(year) ?? 0) + 1);
      positions.set(year, Number(position));
    }
    const { rows: wrong } = await sql`
      select id from invoices where total <> (
        select sum(amount) from invoice_lines where invoice_id = invoices.id
      )`.execute(service.tools.postgres.db);
    expect(wrong).toEqual([]);
  });

  test('lies in the past', async () => {
    const { service } = await seeded(40);
    const later = await service.tools.db
      .selectFrom('order_steps')
      .selectAll()
      .where('at', '>', new Date())
      .execute();
    expect(later).toEqual([]);
  });
});
