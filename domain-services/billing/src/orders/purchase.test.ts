import type { EventBody } from '@cloudphone/contracts';
import { isAppError } from '@cloudphone/errors';
import { randomId, runInRequestContext, traceIdOf } from '@cloudphone/runtime';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type BillingWorld, billingWorld, dyingTools } from '../fixtures/billing-world.ts';
import {
  ALLOCATION_TIMEOUT_MS,
  advanceAll,
  allocation,
  give,
  orderOf,
  planOnSale,
} from '../fixtures/purchases.ts';
import { advancePurchase } from './advance-purchase.ts';
import { cancelOrder } from './cancel-order.ts';

const traceOf = async (orderId: string, type: string) => {
  const { traceparent } = await world.db
    .selectFrom('outbox')
    .select('traceparent')
    .where('key', '=', `order:${orderId}`)
    .where('type', '=', type)
    .executeTakeFirstOrThrow();
  return traceIdOf(traceparent ?? '');
};

const TIMES = { allocationTimeoutMs: ALLOCATION_TIMEOUT_MS };
const PRICE = 1_000;
let world: BillingWorld;
let planId: string;
beforeAll(async () => {
  world = await billingWorld();
  planId = await planOnSale(world, { price: PRICE });
});

const orderRow = (id: string) =>
  world.db.selectFrom('orders').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
const toldOf = (orderId: string) => world.published(`order:${orderId}`);
const balanceOf = async (userId: string) =>
  (
    await world.db
      .selectFrom('balances')
      .select('amount')
      .where('user_id', '=', userId)
      .executeTakeFirst()
  )?.amount ?? 0;

async function orderBy(userId: string, { money = 5_000, quantity = 2 } = {}) {
  await give(world, userId, money);
  return orderOf(world, { userId, planId, quantity });
}

describe('a purchase', () => {
  test('that is cancelled while it is charged is one of both, and neither breaks down', async () => {
    for (let round = 0; round < 20; round++) {
      const id = await orderBy(randomId());
      const at = new Date(world.clock.now());
      const outcomes = await Promise.allSettled([
        advancePurchase(world.tools, id, TIMES),
        world.writer.write((tx) => cancelOrder(tx, id, at)),
        advancePurchase(world.tools, id, TIMES),
      ]);
      const reasons = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(reasons.filter((reason) => !isAppError(reason, 'state_conflict'))).toEqual([]);
    }
  });

  test('that a job charges is told of in the trace of whoever ordered', async () => {
    const traceId = 'c'.repeat(32);
    const traceparent = `00-${traceId}-${'d'.repeat(16)}-01`;
    const userId = randomId();
    const orderId = await runInRequestContext({ traceparent, actorId: userId }, () =>
      orderBy(userId),
    );
    await advanceAll(world);
    expect(await traceOf(orderId, 'order.paid')).toBe(traceId);
  });

  test('is charged, waits for all its devices, and is fulfilled with them', async () => {
    const userId = randomId();
    const orderId = await orderBy(userId);
    await advanceAll(world);
    expect(await balanceOf(userId)).toBe(3_000);
    const deviceIds = [randomId(), randomId()];
    await world.hear(
      'device.allocated',
      allocation({ orderId, userId, quantity: 2 }, { deviceIds }),
    );
    expect(await orderRow(orderId)).toMatchObject({
      status: 'fulfilled',
      device_id: deviceIds[0],
      device_ids: deviceIds,
      expires_at: new Date(world.clock.now() + 30 * 86_400_000),
    });
    expect(await toldOf(orderId)).toEqual(['order.created', 'order.paid', 'order.fulfilled']);
  });

  test('that the balance no longer covers fails, and says so of the payment too', async () => {
    const userId = randomId();
    const orderId = await orderBy(userId);
    await give(world, userId, -4_000);
    await advanceAll(world);
    const row = await orderRow(orderId);
    expect(row).toMatchObject({ status: 'failed', failure: 'balance_too_low' });
    expect(await balanceOf(userId)).toBe(1_000);
    expect(await toldOf(orderId)).toEqual(['order.created', 'order.failed']);
    expect(await world.published(`balance:${userId}`)).toEqual(['billing.payment_failed']);
  });

  test('of a plan that costs nothing needs no balance', async () => {
    const free = await planOnSale(world, { price: 0 });
    const orderId = await orderOf(world, { userId: randomId(), planId: free });
    await advanceAll(world);
    expect((await orderRow(orderId)).status).toBe('paid');
  });

  test.each([
    ['no devices are to be had', { reason: 'no_capacity' as const }, 'no_capacity'],
    ['the provider fails', { reason: 'provider_error' as const }, 'provider_error'],
  ])('gives the money back when %s', async (_, outcome, failure) => {
    const userId = randomId();
    const orderId = await orderBy(userId);
    await advanceAll(world);
    const answer = allocation({ orderId, userId, quantity: 2 }, outcome);
    await world.hear('device.allocation_failed', answer);
    expect(await orderRow(orderId)).toMatchObject({ status: 'refunded', failure });
    expect(await balanceOf(userId)).toBe(5_000);
    expect((await toldOf(orderId)).slice(2)).toEqual(['order.failed', 'order.refunded']);
  });

  test('that got fewer devices than it paid for is compensated', async () => {
    const userId = randomId();
    const orderId = await orderBy(userId);
    await advanceAll(world);
    const half = allocation({ orderId, userId, quantity: 2 }, { deviceIds: [randomId()] });
    await world.hear('device.allocated', half);
    expect(await orderRow(orderId)).toMatchObject({ status: 'refunded', device_ids: [] });
  });

  test('waits no longer than its time-out, and is not fulfilled after it', async () => {
    const userId = randomId();
    const orderId = await orderBy(userId);
    await advanceAll(world);
    world.clock.turn(ALLOCATION_TIMEOUT_MS - 1);
    await advanceAll(world);
    expect((await orderRow(orderId)).status).toBe('paid');
    world.clock.turn(1);
    await Promise.all([advanceAll(world), advanceAll(world)]);
    expect(await orderRow(orderId)).toMatchObject({ status: 'refunded', failure: 'timed_out' });
    const late = { deviceIds: [randomId(), randomId()] };
    await world.hear('device.allocated', allocation({ orderId, userId, quantity: 2 }, late));
    expect((await orderRow(orderId)).status).toBe('refunded');
    expect(await balanceOf(userId)).toBe(5_000);
  });
});

/** What may happen to a purchase, besides what a following command adds. */
const happening = fc.oneof(
  fc.constantFrom(
    'work',
    'work dies',
    'two work',
    'half the time-out passes',
    'the time-out passes',
    'cancel',
    'spend everything',
    'the person is deleted',
  ),
  fc.constantFrom(
    'device service allocates',
    'device service refuses',
    'device service gives half',
  ),
  fc.record({ message: fc.nat({ max: 3 }), dies: fc.boolean() }),
);
type Happening = typeof happening extends fc.Arbitrary<infer Value> ? Value : never;

/** The device service as its contract says: hears of orders in their order, answers, releases. */
function deviceService(order: { orderId: string; userId: string; quantity: number }) {
  const answers: { id: string; isRefusal: boolean; data: EventBody<'device.allocated'> }[] = [];
  let heard = 0;
  let isHolding = false;
  return {
    answers,
    get isHolding() {
      return isHolding;
    },
    hearNext: async (devices: number): Promise<boolean> => {
      const type = (await toldOf(order.orderId))[heard];
      if (type === undefined) return false;
      heard++;
      if (type === 'order.paid') {
        isHolding = devices > 0;
        const deviceIds = Array.from({ length: devices }, randomId);
        const reason = devices > 0 ? null : ('no_capacity' as const);
        const data = allocation(order, { deviceIds, reason });
        answers.push({ id: randomId(), isRefusal: devices === 0, data });
      }
      if (['order.failed', 'order.cancelled', 'order.refunded'].includes(type)) isHolding = false;
      return true;
    },
  };
}

async function play(history: readonly Happening[]) {
  const order = { orderId: '', userId: randomId(), quantity: 2 };
  order.orderId = await orderBy(order.userId, { money: 2 * PRICE });
  const devices = deviceService(order);
  const deliver = async (index: number, crash: boolean) => {
    const answer = devices.answers[index % Math.max(1, devices.answers.length)];
    if (answer === undefined) return;
    const type = answer.isRefusal ? 'device.allocation_failed' : 'device.allocated';
    await world.hear(type, answer.data, { id: answer.id, crash });
  };
  const happen: Record<Extract<Happening, string>, () => Promise<unknown>> = {
    work: () => advanceAll(world),
    'work dies': () => advancePurchase(dyingTools(world), order.orderId, TIMES).catch(() => {}),
    'two work': () => Promise.all([advanceAll(world), advanceAll(world)]),
    'half the time-out passes': async () => world.clock.turn(ALLOCATION_TIMEOUT_MS / 2),
    'the time-out passes': async () => world.clock.turn(ALLOCATION_TIMEOUT_MS),
    cancel: () =>
      world.writer
        .write((tx) => cancelOrder(tx, order.orderId, new Date(world.clock.now())))
        .catch(() => {}),
    'spend everything': async () => {
      const amount = await balanceOf(order.userId);
      if (amount > 0) await give(world, order.userId, -amount);
    },
    'the person is deleted': () =>
      world.hear('user.deleted', {
        id: order.userId,
        tenantId: 'acme',
        erase: true,
        version: 9,
        at: new Date(world.clock.now()).toISOString(),
      }),
    'device service allocates': () => devices.hearNext(2),
    'device service refuses': () => devices.hearNext(0),
    'device service gives half': () => devices.hearNext(1),
  };
  for (const what of history) {
    if (typeof what === 'string') await happen[what]();
    else await deliver(what.message, what.dies);
  }
  // Whatever was left undone is done in the end: everybody lives again and time passes.
  for (let round = 0; round < 3; round++) {
    await advanceAll(world);
    while (await devices.hearNext(2));
    for (const index of devices.answers.keys()) await deliver(index, false);
    world.clock.turn(ALLOCATION_TIMEOUT_MS);
  }
  return { ...order, devices };
}

describe('whatever dies, is refused, comes late or comes twice', () => {
  test('a purchase ends, fulfilled or compensated, never both, and the money says the same', async () => {
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 14 }), async (history) => {
        const { orderId, devices } = await play(history);
        const row = await orderRow(orderId);
        const told = await toldOf(orderId);
        outcomes.add(`${row.status} ${row.failure ?? ''}`);
        const times = (type: string) => told.filter((one) => one === type).length;
        const isPaid = times('order.paid') === 1;
        expect(times('order.fulfilled') + times('order.refunded')).toBe(isPaid ? 1 : 0);
        expect(row.status).toBeOneOf(isPaid ? ['fulfilled', 'refunded'] : ['failed', 'cancelled']);
        expect(devices.isHolding).toBe(row.status === 'fulfilled');
        const steps = told.filter((type) => type !== 'order.updated');
        expect(new Set(steps).size).toBe(steps.length);
        expect(await kept(orderId)).toBe(row.status === 'fulfilled' ? row.total : 0);
        expect(await waits(orderId)).toBe(false);
      }),
      { numRuns: 60 },
    );
    expect(await world.wrongAccounts()).toEqual([]);
    expect(outcomes.size).toBeGreaterThan(3);
  }, 120_000);
});

/** What was taken for an order and not given back. */
async function kept(orderId: string): Promise<number> {
  const { kept } = await world.db
    .selectFrom('ledger_transactions')
    .innerJoin('ledger_entries', 'transaction_id', 'ledger_transactions.id')
    .select((of) => of.fn.sum<string | null>('amount').as('kept'))
    .where('about_id', '=', orderId)
    .where('account_id', '=', 'revenue')
    .executeTakeFirstOrThrow();
  return Number(kept ?? 0);
}

async function waits(orderId: string): Promise<boolean> {
  const work = await world.db
    .selectFrom('purchase_work')
    .select('order_id')
    .where('order_id', '=', orderId)
    .executeTakeFirst();
  return work !== undefined;
}
