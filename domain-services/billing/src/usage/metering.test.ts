import type { EventBody } from '@cloudphone/contracts';
import { demoDevice } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type BillingWorld, billingWorld } from '../fixtures/billing-world.ts';

const MINUTE_MS = 60_000;
let world: BillingWorld;
beforeAll(async () => {
  world = await billingWorld(Date.UTC(2026, 0, 31, 22));
});

type Facts = EventBody<'device.transferred'>;
const facts = (device: Pick<Facts, 'id' | 'ownerId' | 'status' | 'version'>): Facts => {
  const { name, model, androidVersion, nodeName } = demoDevice(1, 1);
  const at = new Date(world.clock.now()).toISOString();
  return {
    ...{ name, model, androidVersion, nodeName, lastError: null, formerOwnerId: null },
    ...{ ownerName: null, ownerEmail: null, tenantId: null, expiresAt: null },
    ...{ createdAt: at, updatedAt: at },
    ...device,
  };
};

async function minutesOf(deviceId: string): Promise<Record<string, number>> {
  const rows = await world.db
    .selectFrom('usage_records')
    .select((of) => ['user_id', of.fn.sum<string>('minutes').as('minutes')])
    .where('device_id', '=', deviceId)
    .groupBy('user_id')
    .execute();
  return Object.fromEntries(rows.map(({ user_id, minutes }) => [user_id, Number(minutes)]));
}

async function chargedTo(userId: string): Promise<number> {
  const { sum } = await world.db
    .selectFrom('ledger_entries')
    .select((of) => of.fn.sum<string | null>('amount').as('sum'))
    .where('account_id', '=', `person:${userId}`)
    .executeTakeFirstOrThrow();
  return -Number(sum ?? 0);
}

/** What happens to a device next, and how many milliseconds later. */
const happening = fc.record({
  what: fc.constantFrom('started', 'stopped', 'error', 'transferred', 'released', 'deleted'),
  afterMs: fc.nat({ max: 40 * MINUTE_MS }),
  /** Earlier events that are heard again afterwards, by how long ago they were; and a crash first. */
  again: fc.array(fc.nat({ max: 6 }), { maxLength: 2 }),
  dies: fc.boolean(),
});
type Happening = typeof happening extends fc.Arbitrary<infer Value> ? Value : never;

interface Told {
  readonly type: `device.${'started' | 'stopped' | 'error' | 'transferred' | 'released' | 'deleted'}`;
  readonly data: Facts;
  readonly id: string;
  readonly atMs: number;
}

/** Plays a device's life to the meter, and keeps the books in the plainest way beside it. */
async function play(history: readonly Happening[]) {
  const deviceId = randomId();
  const [one, other] = [randomId(), randomId()];
  const expected = new Map<string, number>();
  const told: Told[] = [];
  let run: { userId: string; fromMs: number } | undefined;
  let owner: string | null = one;
  let version = 0;
  const tell = ({ type, data, id, atMs }: Told, crash = false) =>
    world.hear(type as 'device.transferred', data, { id, atMs, crash });

  for (const { what, afterMs, again, dies } of history) {
    world.clock.turn(afterMs);
    const atMs = world.clock.now();
    const wasRunning = run !== undefined;
    if (what === 'transferred') owner = owner === one ? other : one;
    else if (what === 'released' || what === 'deleted') owner = null;
    else if (owner === null) owner = one; // Rented out again, which the meter need not hear.
    const isRunning = what === 'started' || (what === 'transferred' && wasRunning);
    if (run !== undefined && !(isRunning && run.userId === owner)) {
      const minutes = Math.ceil(atMs / MINUTE_MS) - Math.ceil(run.fromMs / MINUTE_MS);
      expected.set(run.userId, (expected.get(run.userId) ?? 0) + minutes);
      run = undefined;
    }
    if (isRunning && owner !== null) run ??= { userId: owner, fromMs: atMs };
    const status = isRunning ? ('running' as const) : ('stopped' as const);
    const data = facts({ id: deviceId, ownerId: owner, status, version: ++version });
    const event: Told = { type: `device.${what}`, data, id: randomId(), atMs };
    if (dies) await tell(event, true);
    await tell(event);
    told.push(event);
    for (const ago of again) {
      const earlier = told.at(-1 - ago);
      if (earlier) await tell(earlier);
    }
  }
  return { deviceId, expected };
}

describe('the meter', () => {
  test('counts, whatever is heard twice, late or before a crash, the minutes that a model counts', async () => {
    let total = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 12 }), async (history) => {
        const { deviceId, expected } = await play(history);
        const wanted = [...expected].filter(([, minutes]) => minutes > 0);
        expect(await minutesOf(deviceId)).toEqual(Object.fromEntries(wanted));
        for (const [userId, minutes] of wanted) {
          expect(await chargedTo(userId)).toBe(minutes);
          total += minutes;
        }
      }),
      { numRuns: 60 },
    );
    expect(total).toBeGreaterThan(100);
    expect(await world.wrongAccounts()).toEqual([]);
  }, 120_000);

  test('charges whoever had the device, up to the moment at which it changed hands', async () => {
    const [id, seller, buyer] = [randomId(), randomId(), randomId()];
    await world.hear(
      'device.started',
      facts({ id, ownerId: seller, status: 'running', version: 1 }),
    );
    world.clock.turn(5 * MINUTE_MS);
    const handed = facts({ id, ownerId: buyer, status: 'running', version: 2 });
    await world.hear('device.transferred', { ...handed, formerOwnerId: seller });
    world.clock.turn(7 * MINUTE_MS);
    const gone = facts({ id, ownerId: null, status: 'running', version: 3 });
    await world.hear('device.released', { ...gone, formerOwnerId: buyer });
    expect(await minutesOf(id)).toEqual({ [seller]: 5, [buyer]: 7 });
    expect([await chargedTo(seller), await chargedTo(buyer)]).toEqual([5, 7]);
    expect(await world.published(`usage:${id}`)).toHaveLength(2);
  });
});
