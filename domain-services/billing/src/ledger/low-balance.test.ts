import type { EventBody } from '@cloudphone/contracts';
import { unchanged } from '@cloudphone/event-log';
import { randomId } from '@cloudphone/runtime';
import { beforeAll, expect, test } from 'vitest';
import { type BillingWorld, billingWorld } from '../fixtures/billing-world.ts';
import { give as giveIn } from '../fixtures/purchases.ts';
import { movePersonsMoney } from './move-persons-money.ts';

let world: BillingWorld;
beforeAll(async () => {
  world = await billingWorld();
});

/** The types of what a movement tells. */
async function move(userId: string, amount: number): Promise<string[]> {
  const { result } = await world.writer.write(async (tx) => {
    const { events } = await movePersonsMoney(tx, {
      kind: amount > 0 ? 'top_up' : 'usage',
      aboutId: randomId(),
      userId,
      other: 'provider:simulated',
      amount,
      at: new Date(world.clock.now()),
    });
    return unchanged(events.map(({ type }) => type));
  });
  return result;
}

const settings = (amount: number, version: number): EventBody<'system.settings_updated'> => ({
  lowBalanceBelow: { amount, currency: 'CNY' },
  quotaAlertPercent: 80,
  locales: ['en'],
  defaultLocale: 'en',
  senderName: 'Cloud',
  quietHours: null,
  version,
  updatedAt: new Date(0).toISOString(),
});

test('a balance that spending takes below the threshold is told of once, and again after it rose', async () => {
  const userId = randomId();
  const LOW = ['billing.low_balance'];
  expect(await move(userId, 5_000)).toEqual([]);
  expect(await move(userId, -4_000)).toEqual([]); // 1,000 is not below 1,000.
  expect(await move(userId, -1)).toEqual(LOW);
  expect(await move(userId, -500)).toEqual([]);
  expect(await move(userId, 100)).toEqual([]); // Still low.
  expect(await move(userId, -1)).toEqual([]);
  expect(await move(userId, 5_000)).toEqual([]);
  expect(await move(userId, -5_000)).toEqual(LOW);
});

test('a first, small top-up is no crossing', async () => {
  expect(await move(randomId(), 10)).toEqual([]);
});

test('the settings’ threshold counts from the moment it is heard; older settings do not', async () => {
  const userId = randomId();
  await giveIn(world, userId, 5_000);
  await world.hear('system.settings_updated', settings(4_000, 3));
  await world.hear('system.settings_updated', settings(100, 2));
  expect(await move(userId, -1_500)).toEqual(['billing.low_balance']);
  await world.hear('system.settings_updated', settings(3_000, 4));
  expect(await move(userId, -1_000)).toEqual(['billing.low_balance']);
  expect(await world.published('low-balance-threshold')).not.toEqual([]);
});
