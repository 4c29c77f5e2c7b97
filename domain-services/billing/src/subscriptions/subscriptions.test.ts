import type { EventEnvelope } from '@cloudphone/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { type BillingWorld, billingWorld } from '../fixtures/billing-world.ts';
import { fulfilledOrder, planOnSale } from '../fixtures/purchases.ts';
import { tellSubscribers } from './tell-subscribers.ts';

const DAY_MS = 86_400_000;
let world: BillingWorld;
beforeEach(async () => {
  world = await billingWorld();
});

const tell = () => Promise.all([tellSubscribers(world.tools), tellSubscribers(world.tools)]);

/** What was told of the end of subscriptions: its kind and the days left. */
async function told(): Promise<string[]> {
  const rows = await world.db
    .selectFrom('outbox')
    .select(['type', 'payload'])
    .where('type', 'like', 'billing.subscription%')
    .orderBy('seq')
    .execute();
  return rows.map(({ type, payload }) => {
    const { envelope } = payload as unknown as { envelope: EventEnvelope };
    return `${type.split('_').at(-1)} ${(envelope.data as { daysLeft: number }).daysLeft}`;
  });
}

describe('who rents', () => {
  test('is told seven days and one day before the end, and at the end, once each', async () => {
    await fulfilledOrder(world);
    for (let day = 0; day <= 31; day++) {
      await tell();
      world.clock.turn(DAY_MS);
    }
    expect(await told()).toEqual(['expiring 7', 'expiring 1', 'expired 0']);
  });

  test('is told the latest only, after nobody was told anything for long', async () => {
    await fulfilledOrder(world);
    world.clock.turn(29.5 * DAY_MS);
    await tell();
    expect(await told()).toEqual(['expiring 1']);
    world.clock.turn(10 * DAY_MS);
    await tell();
    expect(await told()).toEqual(['expiring 1', 'expired 0']);
  });

  test('for a week is not told at once that a week is left', async () => {
    await fulfilledOrder(world, { planId: await planOnSale(world, { durationDays: 7 }) });
    await tell();
    expect(await told()).toEqual([]);
  });

  test('is told nothing any more once they are deleted', async () => {
    const { userId } = await fulfilledOrder(world);
    const at = new Date(world.clock.now()).toISOString();
    const data = { id: userId, tenantId: 'acme', erase: false, version: 2, at };
    await world.hear('user.deleted', data);
    world.clock.turn(40 * DAY_MS);
    await tell();
    expect(await told()).toEqual([]);
  });
});
