import { rm } from 'node:fs/promises';
import type { Device, Order, Page, Person, Plan } from '@cloudphone/contracts';
import { type Platform, startPlatform, temporaryFolder } from '@cloudphone/deploy';
import { sql } from '@cloudphone/postgres';
import { until } from '@cloudphone/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askDatabase } from './ask-database.ts';
import { keysThatName } from './keys-that-name.ts';
import { type Actor, logIn, openSession } from './person.ts';

const SERVICES = ['user', 'device', 'app', 'billing', 'notification'] as const;
/** For a day: events, for a log that is lost; answers, for a request that is repeated. */
const KEPT_FOR_A_DAY = ['outbox', 'kept_answer'];
/**
 * In Redis, what ends by itself and is shown to nobody meanwhile: cached views, and what was typed
 * into a search as long as it says which views are asked for most; answers to repeated writes; the
 * log as long as its outboxes are kept.
 */
const LONGEST_IN_REDIS_MS: readonly (readonly [prefix: string, ms: number])[] = [
  ['view:', 10 * 60_000],
  ['view-heat:', 2 * 3_600_000],
  ['view-ledger:', 24 * 3_600_000],
  ['idempotency:', 24 * 3_600_000],
];
const LOG = '{log}:stream';
const HEALED = { everyMs: 100 };

/** Found in no other text. */
const CANARY = 'Zyxwvut';
const username = CANARY.toLowerCase();
const password = 'a long enough password 1';

let platform: Platform;
let dataDir: string;
let admin: Actor;

beforeAll(async () => {
  dataDir = await temporaryFolder('cloudphone-erasure-');
  platform = await startPlatform({
    dataDir,
    isDemo: true,
    env: { ...process.env, SEED_USERS: '3', DEVICE_PROVIDER_LATENCY_MS: '1' },
  });
  admin = await logIn(platform.urls.adminBff, 'admin', 'admin-demo');
}, 180_000);

afterAll(async () => {
  await platform?.stop();
  await rm(dataDir, { recursive: true, force: true });
}, 60_000);

test('an erased person’s name and address are in no table of any service, but for the day of events', async () => {
  const { id } = await liveALittle('a');
  const before = (await tablesThatName()).join();
  for (const service of ['user', 'device', 'billing', 'notification']) {
    expect(before).toContain(`${service}.`);
  }
  const gone = await admin.send('DELETE', `/admin/users/${id}?erase=true`);
  expect(gone.status).toBe(200);
  await until(async () => (await tablesThatName()).length === 0, {
    ...HEALED,
    what: 'their traces to be gone',
  }).catch(async () => expect(await tablesThatName()).toEqual([]));
});

test('an erased person’s name and address are in nothing of Redis that does not end by itself in time', async () => {
  const { id } = await liveALittle('b');
  await openSession(platform.urls.userBff, `${username}b`, password);
  expect((await admin.get(`/admin/users?q=${username}b`)).status).toBe(200);
  const before = (await redisKeysThatName()).map(({ key }) => key);
  expect(before).toContain(LOG);
  expect(before.filter((key) => key.startsWith('view:'))).not.toEqual([]);
  const gone = await admin.send('DELETE', `/admin/users/${id}?erase=true`);
  expect(gone.status).toBe(200);
  await until(async () => (await tablesThatName()).length === 0, HEALED);
  expect((await redisKeysThatName()).filter((named) => !endsInTime(named))).toEqual([]);
});

const redisKeysThatName = () => keysThatName(platform.redis.url, CANARY);

function endsInTime({ key, ttlMs }: { readonly key: string; readonly ttlMs: number }): boolean {
  if (key === LOG) return true;
  const longest = LONGEST_IN_REDIS_MS.find(([prefix]) => key.startsWith(prefix))?.[1];
  return longest !== undefined && ttlMs >= 0 && ttlMs <= longest;
}

/** Somebody who is in every service: registered, with an order, a device, an app, messages. */
async function liveALittle(suffix: string): Promise<Person> {
  // Again where the answer was lost; one that was not is taken already then.
  const registered = await until(async () => {
    const answer = await fetch(`${platform.urls.userBff}/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        username: `${username}${suffix}`,
        password,
        name: `${CANARY} Person ${suffix}`,
        email: `${username}${suffix}@example.com`,
        locale: 'en',
        timeZone: 'UTC',
      }),
    });
    return answer.status < 500 && answer;
  }, HEALED);
  expect(registered.status, await registered.text()).toBeOneOf([200, 201, 202, 204, 409]);
  const person = await until(
    () => logIn(platform.urls.userBff, `${username}${suffix}`, password),
    HEALED,
  );
  await person.send('POST', '/me/payments', { amount: 100_000, method: 'card' });
  const { body: plans } = await person.get<Page<Plan>>('/plans');
  const ordered = await until(async () => {
    const asked = await person.send<Order>('POST', '/me/orders', {
      planId: plans.items.find(({ isRetired }) => !isRetired)?.id,
      quantity: 1,
    });
    return asked.status === 202 && asked.body;
  }, HEALED);
  await until(async () => {
    const { body } = await person.get<Order>(`/me/orders/${ordered.id}`);
    return body.status === 'fulfilled';
  }, HEALED);
  const { body: devices } = await person.get<Page<Device>>('/me/devices');
  await person.send('POST', `/me/devices/${devices.items[0]?.id}/start`);
  const campaign = await admin.send<{ batchId: string }>('POST', '/notifications/bulk', {
    userIds: [person.id],
    templateCode: 'system.maintenance',
    data: { startsAt: new Date().toISOString(), endsAt: new Date().toISOString() },
    channels: ['email', 'websocket'],
  });
  expect(campaign.status, JSON.stringify(campaign.body)).toBe(202);
  await until(async () => {
    const { body } = await admin.get<{ status: string }>(
      `/notifications/bulk/${campaign.body.batchId}`,
    );
    return body.status === 'completed';
  }, HEALED);
  const { body } = await admin.get<{ person: Person }>(`/admin/users/${person.id}/overview`);
  expect(JSON.stringify(body)).toContain(CANARY);
  return { id: person.id } as Person;
}

/** `service.table (rows)`, wherever a row's text holds the canary in any case. */
async function tablesThatName(): Promise<string[]> {
  const found = await Promise.all(SERVICES.map(tablesOf));
  return found.flat();
}

function tablesOf(service: string): Promise<string[]> {
  return askDatabase(platform, service, async (db) => {
    const { rows: tables } = await sql<{ name: string }>`
      select tablename as name from pg_tables where schemaname = 'public'`.execute(db);
    const named: string[] = [];
    for (const { name } of tables) {
      if (KEPT_FOR_A_DAY.includes(name)) continue;
      const { rows } = await sql<{ count: number }>`
        select count(*)::int as count from ${sql.table(name)} as t
        where t::text ilike ${`%${CANARY}%`}`.execute(db);
      const count = rows[0]?.count ?? 0;
      if (count > 0) named.push(`${service}.${name} (${count})`);
    }
    return named;
  });
}
