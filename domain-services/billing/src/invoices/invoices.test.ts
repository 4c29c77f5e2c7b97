import { randomId } from '@cloudphone/runtime';
import { beforeEach, describe, expect, test } from 'vitest';
import { type BillingWorld, billingWorld } from '../fixtures/billing-world.ts';
import { fulfilledOrder, give } from '../fixtures/purchases.ts';
import { recordRun } from '../usage/record-run.ts';
import { issueInvoices } from './issue-invoices.ts';
import { markOverdueInvoices } from './mark-overdue.ts';

const DAY_MS = 86_400_000;
let world: BillingWorld;
beforeEach(async () => {
  world = await billingWorld(Date.UTC(2026, 0, 20));
});

const invoices = () => world.db.selectFrom('invoices').selectAll().orderBy('number').execute();
const linesOf = (id: string) =>
  world.db
    .selectFrom('invoice_lines')
    .select(['kind', 'about_id', 'amount'])
    .where('invoice_id', '=', id)
    .orderBy('number')
    .execute();
const issue = () => issueInvoices(world.tools);
const countOf = async (type: string) =>
  (await world.published()).filter((one) => one === type).length;

/** `minutes` of a device, that ended just now. */
async function use(userId: string, deviceId: string, minutes: number): Promise<void> {
  const to = new Date(world.clock.now());
  const from = new Date(to.getTime() - minutes * 60_000);
  await world.writer.write(async (tx) => {
    const [first, ...others] = await recordRun(tx, {
      eventId: randomId(),
      deviceId,
      userId,
      from,
      to,
    });
    if (first === undefined) throw new Error('nothing was recorded');
    return { result: undefined, events: [first, ...others] };
  });
}

describe('invoices', () => {
  test('hold what a person was charged in a month, the use of a device in one line', async () => {
    const { orderId, userId, deviceId } = await fulfilledOrder(world);
    await use(userId, deviceId, 30);
    world.clock.turn(3_600_000);
    await use(userId, deviceId, 12);
    await issue();
    expect(await invoices()).toEqual([]); // The month is not over.
    world.clock.turn(20 * DAY_MS);
    await issue();
    const [invoice, ...others] = await invoices();
    expect(others).toEqual([]);
    expect(invoice).toMatchObject({
      number: '2026-000001',
      month: '2026-01',
      total: 1_042,
      due: 0,
    });
    expect(await linesOf(invoice!.id)).toEqual([
      { kind: 'order', about_id: orderId, amount: 1_000 },
      { kind: 'usage', about_id: deviceId, amount: 42 },
    ]);
  });

  test('are made once by many instances, numbered without gaps', async () => {
    for (let n = 0; n < 7; n++) await use(randomId(), randomId(), 5 + n);
    world.clock.turn(15 * DAY_MS);
    await Promise.all([issue(), issue(), issue()]);
    await issue();
    expect((await invoices()).map(({ number }) => number)).toEqual(
      Array.from({ length: 7 }, (_, n) => `2026-00000${n + 1}`),
    );
    expect(await countOf('billing.invoice_generated')).toBe(7);
  });

  test('a charge that is entered after its month’s invoice comes on the next one', async () => {
    const [userId, deviceId] = [randomId(), randomId()];
    await use(userId, deviceId, 10);
    const lateAt = world.clock.now();
    world.clock.turn(15 * DAY_MS);
    await issue();
    const late = { eventId: randomId(), deviceId, userId, from: new Date(lateAt - 300_000) };
    await world.writer.write(async (tx) => {
      const [first, ...others] = await recordRun(tx, { ...late, to: new Date(lateAt) });
      return { result: undefined, events: [first!, ...others] };
    });
    await use(userId, deviceId, 20);
    world.clock.turn(30 * DAY_MS);
    await issue();
    const totals = (await invoices()).map(({ month, total }) => [month, total]);
    expect(totals).toEqual([
      ['2026-01', 10],
      ['2026-02', 25],
    ]);
  });

  test('that the balance does not cover are overdue after their time, once, until it does', async () => {
    const userId = randomId();
    await use(userId, randomId(), 50);
    world.clock.turn(15 * DAY_MS);
    await issue();
    expect(await invoices()).toMatchObject([{ due: 50, status: 'open' }]);
    const overdue = () => markOverdueInvoices(world.tools);
    world.clock.turn(14 * DAY_MS - 1);
    await overdue();
    expect(await invoices()).toMatchObject([{ status: 'open' }]);
    world.clock.turn(1);
    await Promise.all([overdue(), overdue()]);
    await overdue();
    expect(await invoices()).toMatchObject([{ status: 'overdue' }]);
    expect(await countOf('billing.invoice_overdue')).toBe(1);
    await give(world, userId, 49);
    expect(await invoices()).toMatchObject([{ status: 'overdue' }]);
    await give(world, userId, 1);
    expect(await invoices()).toMatchObject([{ status: 'paid' }]);
  });

  test('never ask twice for the same debt', async () => {
    const userId = randomId();
    await use(userId, randomId(), 50);
    world.clock.turn(15 * DAY_MS);
    await issue();
    await use(userId, randomId(), 8);
    world.clock.turn(30 * DAY_MS);
    await issue();
    expect((await invoices()).map(({ due }) => due)).toEqual([50, 8]);
  });
});
