import type { NewEvent } from '@cloudphone/contracts';
import { demoDevicesOf } from '@cloudphone/domain-service';
import { sql } from '@cloudphone/postgres';
import { randomId } from '@cloudphone/runtime';
import { until } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { startUserWorld, type UserWorld } from '../fixtures/user-world.ts';

let world: UserWorld;
beforeAll(async () => {
  world = await startUserWorld();
});

const idOf = (n: number) => world.person(n).id;
const get = async (n: number) => (await world.ask('get', `/quotas/${idOf(n)}`).expect(200)).body;
const set = (n: number, body: object) =>
  world.ask('put', `/quotas/${idOf(n)}`, world.asAdmin).send(body);
const post = (n: number, what: string, body: object) =>
  world.ask('post', `/quotas/${idOf(n)}/${what}`).send(body);

/** As another service publishes it: through an outbox, the log and the follower. */
const publish = (...events: [NewEvent, ...NewEvent[]]) =>
  world.service.tools.writer.write(async () => ({ result: undefined, events }));
const usedIs = (n: number, devicesUsed: number) =>
  until(async () => (await get(n)).devicesUsed === devicesUsed, { what: `${devicesUsed} in use` });
const allocated = (n: number, deviceIds: string[]): NewEvent => ({
  type: 'device.allocated',
  data: {
    orderId: randomId(),
    userId: idOf(n),
    quantity: deviceIds.length,
    deviceIds,
    reason: null,
    at: new Date().toISOString(),
  },
});
const handed = (
  type: 'device.released' | 'device.transferred' | 'device.deleted',
  id: string,
  given: { from: string | null; to: string | null; version: number },
): NewEvent => {
  const at = new Date().toISOString();
  const device = {
    id,
    name: 'phone',
    model: 'CP Mini',
    androidVersion: '14',
    status: 'stopped' as const,
    lastError: null,
    ownerId: given.to,
    ownerName: null,
    ownerEmail: null,
    tenantId: null,
    nodeName: 'node-1',
    expiresAt: null,
    version: given.version,
    createdAt: at,
    updatedAt: at,
  };
  return { type, data: { ...device, formerOwnerId: given.from } };
};

describe('a quota', () => {
  test('is set, by the version that was read, and told to its owner', async () => {
    const answer = await set(1, { devicesLimit: 10 }).set('If-Match', '"1"').expect(200);
    expect(answer.body).toMatchObject({ devicesLimit: 10, devicesUsed: 3, version: 2 });
    expect(await world.typesOf(answer)).toEqual(['quota.updated']);
    const stale = await set(1, { devicesLimit: 9 }).set('If-Match', '"1"').expect(409);
    expect(stale.body.currentVersion).toBe(2);
    const same = await set(1, { devicesLimit: 10 }).expect(200);
    expect([same.body.version, await world.typesOf(same)]).toEqual([2, []]);
    await world.ask('put', `/quotas/${randomId()}`).send({ devicesLimit: 1 }).expect(404);
    await set(1, { devicesLimit: -1 }).expect(422);
  });

  test('is made for a person who has none, once for five who ask at once', async () => {
    const staff = world.asAdmin.userId;
    await world.ask('get', `/quotas/${staff}`).expect(404);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        world.ask('put', `/quotas/${staff}`).send({ devicesLimit: 2 }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200));
    expect(answers.at(-1)?.body).toMatchObject({ devicesLimit: 2, devicesUsed: 0 });
  });

  test('is renewed from its end, or from now when that has passed', async () => {
    const DAY_MS = 86_400_000;
    const before = Date.parse((await get(2)).validUntil);
    const answer = await post(2, 'renew', {}).expect(200);
    expect(Date.parse(answer.body.validUntil) - before).toBe(30 * DAY_MS);
    expect(await world.typesOf(answer)).toEqual(['quota.updated', 'quota.renewed']);
    await set(2, { devicesLimit: 5, validUntil: '2020-01-01T00:00:00.000Z' }).expect(200);
    const late = await post(2, 'renew', { extensionDays: 1 }).expect(200);
    expect(Math.round((Date.parse(late.body.validUntil) - Date.now()) / DAY_MS)).toBe(1);
  });

  test('of nobody is not found, whatever is asked of it', async () => {
    for (const what of ['renew', 'deduct', 'restore']) {
      const body = what === 'renew' ? {} : { amount: 1 };
      await world.ask('post', `/quotas/${randomId()}/${what}`).send(body).expect(404);
    }
  });
});

describe('use of a quota', () => {
  test('is told at the alert’s share once, again only after it was below', async () => {
    const alerts = async () =>
      (await world.published('quota.alert')).filter(({ userId }) => userId === idOf(3)).length;
    await set(3, { devicesLimit: 10 });
    await post(3, 'deduct', { amount: 4 }).expect(200);
    expect(await alerts()).toBe(0);
    await post(3, 'deduct', { amount: 1 }).expect(200);
    await post(3, 'deduct', { amount: 1 }).expect(200);
    expect(await alerts()).toBe(1);
    await post(3, 'restore', { amount: 5 }).expect(200);
    await post(3, 'deduct', { amount: 5 }).expect(200);
    expect(await alerts()).toBe(2);
  });

  test('by many at once never goes beyond the limit, and is told to be exceeded once', async () => {
    await set(4, { devicesLimit: 13 });
    const answers = await Promise.all(
      Array.from({ length: 25 }, () => post(4, 'deduct', { amount: 1 })),
    );
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(15);
    expect(refused[0]?.body.code).toBe('quota_exceeded');
    expect((await get(4)).devicesUsed).toBe(13);
    const exceeded = async () =>
      (await world.published('quota.exceeded')).filter(({ userId }) => userId === idOf(4)).length;
    expect(await exceeded()).toBe(1);
    await post(4, 'restore', { amount: 1 }).expect(200);
    await post(4, 'deduct', { amount: 2 }).expect(409);
    expect(await exceeded()).toBe(2);
  });

  test('is deducted and restored once per key, also when the kept answer is lost', async () => {
    await set(5, { devicesLimit: 100 });
    for (let time = 0; time < 2; time++) {
      for (const what of ['deduct', 'deduct', 'restore', 'restore']) {
        const amount = what === 'deduct' ? 10 : 2;
        const answer = await post(5, what, { amount }).set('Idempotency-Key', 'the-same');
        expect(answer.status, answer.text).toBe(200);
      }
      await loseKeptAnswers();
    }
    expect((await get(5)).devicesUsed).toBe(3 + 10 - 2);
  });

  test('never falls below nothing', async () => {
    expect((await post(6, 'restore', { amount: 100 }).expect(200)).body.devicesUsed).toBe(0);
  });

  async function loseKeptAnswers(): Promise<void> {
    await sql`delete from kept_answer`.execute(world.db);
  }
});

describe('devices that come and go', () => {
  test('are counted when they are allocated, and over the limit when there are too many', async () => {
    await set(7, { devicesLimit: 4 });
    const ids = [randomId(), randomId()];
    await publish(allocated(7, ids));
    await usedIs(7, 5);
    const exceeded = await world.published('quota.exceeded');
    expect(exceeded.filter(({ userId }) => userId === idOf(7))).toHaveLength(1);
  });

  test('are counted by what they are, not by how often they are told of', async () => {
    const id = randomId();
    await publish(allocated(8, [id]), allocated(8, [id]));
    await usedIs(8, 4);
    const gone = { from: idOf(8), to: null };
    await publish(
      handed('device.released', id, { ...gone, version: 2 }),
      handed('device.deleted', id, { ...gone, version: 3 }),
      allocated(8, [id]),
    );
    await publish(allocated(8, [randomId()]));
    await until(async () => (await get(8)).version >= 4);
    expect((await get(8)).devicesUsed).toBe(4);
    expect((await get(8)).version).toBe(4);
  });

  test('of the demo data are given back like any other', async () => {
    const [device] = demoDevicesOf(9);
    const event = handed('device.released', device!.id, { from: idOf(9), to: null, version: 2 });
    await publish(event);
    await usedIs(9, 2);
  });

  test('that change hands are one less here, one more there; an older event changes nothing', async () => {
    const [device] = demoDevicesOf(10);
    const passed = { from: idOf(10), to: idOf(11), version: 9 };
    await publish(handed('device.transferred', device!.id, passed));
    await usedIs(11, 4);
    await usedIs(10, 2);
    await publish(
      handed('device.released', device!.id, { from: idOf(10), to: null, version: 5 }),
      allocated(11, [randomId()]),
    );
    await usedIs(11, 5);
    expect((await get(10)).devicesUsed).toBe(2);
  });

  test('the share that alerts are told at follows the settings', async () => {
    const settings = {
      lowBalanceBelow: { amount: 1, currency: 'USD' },
      quotaAlertPercent: 50,
      locales: ['en' as const],
      defaultLocale: 'en' as const,
      senderName: 'CloudPhone',
      quietHours: null,
      version: 2,
      updatedAt: new Date().toISOString(),
    };
    await set(12, { devicesLimit: 8 });
    await publish({ type: 'system.settings_updated', data: settings });
    await until(
      async () => (await world.db.selectFrom('quota_settings').selectAll().execute()).length > 0,
    );
    const answer = await post(12, 'deduct', { amount: 1 }).expect(200);
    expect(await world.typesOf(answer)).toEqual(['quota.updated', 'quota.alert']);
  });
});
