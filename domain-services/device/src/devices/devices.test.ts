import { type Device, HEADERS, parseCacheTags } from '@cloudphone/contracts';
import {
  DEMO_DEVICES_PER_PERSON,
  demoDevice,
  demoPerson,
  startTestService,
  type TestService,
} from '@cloudphone/domain-service';
import { randomId, systemClock } from '@cloudphone/runtime';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { deviceService } from '../device-service.ts';
import { createSimulatedProvider } from '../provider/simulated-provider.ts';
import type { DeviceTables } from '../schema.ts';

const PEOPLE = 9;
const DEVICES = PEOPLE * DEMO_DEVICES_PER_PERSON;
const DAY_MS = 24 * 3_600_000;
let service: TestService<DeviceTables>;
beforeAll(async () => {
  const redis = await testRedis();
  const provider = createSimulatedProvider({ clock: systemClock, latencyMs: 0, script: {} });
  service = await startTestService(
    deviceService(provider),
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl: redis.url },
    { seedPeople: PEOPLE },
  );
  whenDone(service.close);
});

describe('one device', () => {
  test('is answered with its owner, its version as tag and as ETag', async () => {
    const { id, name, owner } = demoDevice(1, 1);
    const answer = await get(`/devices/${id}`).expect(200);
    expect(answer.body).toMatchObject({ id, name, ownerId: owner.id, ownerName: owner.name });
    expect(answer.headers.etag).toBe('"1"');
    expect(tagsOf(answer)).toEqual([{ tag: `device:${id}`, version: 1 }]);
  });

  test('how it is worked on is nobody’s business', async () => {
    const answer = await get(`/devices/${demoDevice(1, 1).id}`).expect(200);
    expect(Object.keys(answer.body).filter((member) => /work|claim/i.test(member))).toEqual([]);
  });

  test('that does not exist is a 404 that names what would end it', async () => {
    const id = randomId();
    expect(tagsOf(await get(`/devices/${id}`).expect(404))).toEqual([{ tag: `device:${id}` }]);
  });

  test('is shown to nobody without an internal identity', async () => {
    await request(service.url)
      .get(`/devices/${demoDevice(1, 1).id}`)
      .expect(401);
  });
});

describe('the list of devices', () => {
  test.each(['name', '-createdAt', 'expiresAt'])(
    'sorted by %s, pages through every device once',
    async (sort) => {
      const seen: Device[] = [];
      let cursor: string | null = null;
      do {
        const after: string = cursor === null ? '' : `&cursor=${cursor}`;
        const answer = await get(`/devices?sort=${sort}&limit=7${after}`).expect(200);
        seen.push(...answer.body.items);
        cursor = answer.body.nextCursor;
      } while (cursor !== null);
      expect(new Set(seen.map(({ id }) => id)).size).toBe(DEVICES);
      expect(seen).toHaveLength(DEVICES);
      const values = seen.map((device) =>
        sort === 'name' ? device.name : sort === 'expiresAt' ? device.expiresAt : device.createdAt,
      );
      const sorted = [...values].sort();
      expect(values).toEqual(sort.startsWith('-') ? sorted.reverse() : sorted);
    },
  );

  test('a cursor of one order is refused by another', async () => {
    const { body } = await get('/devices?sort=name&limit=1').expect(200);
    const other = await get(`/devices?sort=expiresAt&cursor=${body.nextCursor}`).expect(422);
    expect(other.body.issues[0].path).toBe('query.cursor');
  });

  test('of one owner names the owner’s collection, of everybody the collection of all', async () => {
    const { id } = demoPerson(2);
    const own = await get(`/devices?ownerId=${id}`).expect(200);
    expect(own.body.items).toHaveLength(DEMO_DEVICES_PER_PERSON);
    const versions = own.body.items.map((device: Device) => ({
      tag: `device:${device.id}`,
      version: 1,
    }));
    expect(tagsOf(own)).toEqual([{ tag: `devices-of:${id}` }, ...versions]);
    expect(tagsOf(await get('/devices?limit=1').expect(200))[0]).toEqual({ tag: 'devices' });
  });

  test('of ids answers all that exist, however small the page, and names the absent', async () => {
    const absent = randomId();
    const { id } = demoDevice(3, 1);
    const answer = await get(`/devices?limit=1&ids=${absent},${id},${demoDevice(3, 2).id}`);
    expect(answer.body.items.map(({ name }: Device) => name)).toEqual([
      'phone-003-1',
      'phone-003-2',
    ]);
    expect(tagsOf(answer)).toEqual([
      { tag: `device:${absent}` },
      { tag: `device:${id}`, version: 1 },
      { tag: `device:${demoDevice(3, 2).id}`, version: 1 },
    ]);
  });

  test('filters by state, and searches device and owner names by their beginning', async () => {
    const running = await get('/devices?status=running&limit=200').expect(200);
    expect(running.body.items.length).toBeGreaterThan(0);
    expect(running.body.items.every(({ status }: Device) => status === 'running')).toBe(true);
    const found = async (q: string) =>
      (await get(`/devices?q=${encodeURIComponent(q)}`).expect(200)).body.items.length;
    expect(await found('PHONE-001')).toBe(3);
    expect(await found(demoPerson(1).name.slice(0, 6))).toBe(3);
    expect(await found('hone-001')).toBe(0);
    expect(await found('_hone')).toBe(0);
  });
});

describe('counts', () => {
  test('add up, by state, for everybody and for one owner', async () => {
    const all = await get('/device-counts').expect(200);
    expect(all.body.total).toBe(DEVICES);
    const parts = Object.values(all.body.byStatus as Record<string, number>);
    expect(parts.reduce((sum, count) => sum + count, 0)).toBe(DEVICES);
    expect(tagsOf(all)).toEqual([{ tag: 'devices' }]);
    const { id } = demoPerson(1);
    const own = await get(`/device-counts?ownerId=${id}`).expect(200);
    expect(own.body.total).toBe(DEMO_DEVICES_PER_PERSON);
    expect(tagsOf(own)).toEqual([{ tag: `devices-of:${id}` }]);
  });

  test('say when the number of those that expire soon changes by itself: one comes near', async () => {
    await onlyExpiringIn([8 * DAY_MS, 20 * DAY_MS]);
    const { body, untilMs } = await counts();
    expect(body.expiringSoon).toBe(0);
    expect(untilMs).toBe((await expiries())[0] - 7 * DAY_MS);
  });

  test('say when the number of those that expire soon changes by itself: one ends', async () => {
    await onlyExpiringIn([-DAY_MS, 3 * DAY_MS, 20 * DAY_MS]);
    const { body, untilMs } = await counts();
    expect(body.expiringSoon).toBe(1);
    expect(untilMs).toBe((await expiries())[1]);
  });

  test('of devices that never expire do not change by themselves', async () => {
    await onlyExpiringIn([]);
    expect(await counts()).toMatchObject({ body: { expiringSoon: 0 }, untilMs: Number.NaN });
  });

  const OWNER = 9;
  const counts = async () => {
    const answer = await get(`/device-counts?ownerId=${demoPerson(OWNER).id}`).expect(200);
    return { body: answer.body, untilMs: Date.parse(answer.headers[HEADERS.cacheUntil] ?? '') };
  };
  const own = () => demoDevice(OWNER, 1).owner.id;

  async function onlyExpiringIn(delaysMs: readonly number[]): Promise<void> {
    const { db } = service.tools.postgres;
    await db
      .updateTable('devices')
      .set({ expires_at: null })
      .where('owner_id', '=', own())
      .execute();
    for (const [index, delayMs] of delaysMs.entries()) {
      await db
        .updateTable('devices')
        .set({ expires_at: new Date(Date.now() + delayMs) })
        .where('id', '=', demoDevice(OWNER, index + 1).id)
        .execute();
    }
  }

  async function expiries(): Promise<readonly [number, number]> {
    const rows = await service.tools.postgres.db
      .selectFrom('devices')
      .select('expires_at')
      .where('owner_id', '=', own())
      .where('expires_at', 'is not', null)
      .orderBy('expires_at')
      .execute();
    return rows.map((row) => row.expires_at?.getTime()) as [number, number];
  }
});

const get = (path: string) => request(service.url).get(path).set(service.as());

const tagsOf = (answer: request.Response) => parseCacheTags(answer.headers['cache-tags'] ?? '');
