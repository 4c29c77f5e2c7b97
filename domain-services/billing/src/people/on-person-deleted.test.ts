import { randomId } from '@cloudphone/runtime';
import { beforeAll, expect, test } from 'vitest';
import { type BillingWorld, billingWorld } from '../fixtures/billing-world.ts';
import { advanceAll, fulfilledOrder, give, orderOf, planOnSale } from '../fixtures/purchases.ts';

let world: BillingWorld;
beforeAll(async () => {
  world = await billingWorld();
});

const deleted = (id: string, erase: boolean) =>
  world.hear('user.deleted', {
    id,
    tenantId: 'acme',
    erase,
    version: 5,
    at: new Date(world.clock.now()).toISOString(),
  });
const orders = (userId: string) =>
  world.db
    .selectFrom('orders')
    .select(['id', 'status', 'user_name', 'user_email'])
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();

test('who is deleted with erase leaves no name, no open order, and their money explained', async () => {
  const planId = await planOnSale(world);
  const { userId, orderId } = await fulfilledOrder(world, { planId });
  await give(world, userId, 5_000);
  const paid = await orderOf(world, { userId, planId });
  await advanceAll(world);
  const created = await orderOf(world, { userId, planId });
  await deleted(userId, true);
  const after = await orders(userId);
  expect(new Set(after.map(({ user_name, user_email }) => user_name + user_email))).toEqual(
    new Set(['']),
  );
  expect(Object.fromEntries(after.map(({ id, status }) => [id, status]))).toEqual({
    [orderId]: 'fulfilled',
    [paid]: 'refunded',
    [created]: 'cancelled',
  });
  expect((await world.published(`order:${created}`)).at(-1)).toBe('order.cancelled');
  expect(await world.wrongAccounts()).toEqual([]);
});

test('hearing of a deletion again, or of a change from before it, changes nothing', async () => {
  const { userId } = await fulfilledOrder(world);
  await deleted(userId, true);
  const before = [await orders(userId), (await world.published()).length];
  await deleted(userId, true);
  const at = new Date(0).toISOString();
  await world.hear('user.updated', {
    ...{ id: userId, username: 'ada', email: 'ada@example.com', name: 'Ada', tenantId: 'acme' },
    ...{ status: 'active', roles: ['customer'], locale: 'en', timeZone: 'UTC' },
    ...{ version: 9, createdAt: at, updatedAt: at },
  });
  expect([await orders(userId), (await world.published()).length]).toEqual(before);
});

test('nothing is sold to them any more', async () => {
  const userId = randomId();
  await deleted(userId, false);
  await give(world, userId, 5_000);
  const order = orderOf(world, { userId, planId: await planOnSale(world) });
  await expect(order).rejects.toMatchObject({ code: 'account_suspended' });
});
