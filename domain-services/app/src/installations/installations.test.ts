import { HEADERS, type Installation, parseCacheTags } from '@cloudphone/contracts';
import {
  demoDevice,
  demoDevicesOf,
  demoPerson,
  startTestService,
  type TestService,
} from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { appService } from '../app-service.ts';
import { DEMO_APPS } from '../demo/demo-apps.ts';
import type { AppTables } from '../schema.ts';

let service: TestService<AppTables>;
beforeAll(async () => {
  const redis = await testRedis();
  const databaseUrl = await testPostgres().freshDatabase();
  service = await startTestService(appService, { databaseUrl, redisUrl: redis.url });
  whenDone(service.close);
});

const APP = DEMO_APPS.find((app) => app.name === 'Almanac')!;
const OWNER = demoPerson(1);
const get = (path: string) => request(service.url).get(path).set(service.as());
const install = (deviceId: string, appId = APP.id) =>
  request(service.url)
    .post('/installations')
    .set(service.as())
    .send({ deviceId, appId, ownerId: OWNER.id });
const uninstall = (id: string) =>
  request(service.url).delete(`/installations/${id}`).set(service.as());
const tagsOf = (answer: request.Response) => parseCacheTags(answer.headers['cache-tags'] ?? '');

async function publishedOn(deviceId: string) {
  const rows = await service.tools.db
    .selectFrom('outbox')
    .select(['type', 'payload'])
    .where('key', '=', `device:${deviceId}`)
    .orderBy('seq')
    .execute();
  return rows as unknown as { type: string; payload: { deliveries: { channel: string }[] } }[];
}

describe('installing', () => {
  test('puts the app on the device and tells its owner', async () => {
    const deviceId = randomId();
    const { body, headers } = await install(deviceId).expect(201);
    expect(body).toMatchObject({ deviceId, appId: APP.id, appName: 'Almanac', version: 1 });
    expect(headers[HEADERS.eventIds]).toMatch(/^[0-9a-f-]{36}$/);
    const [told, ...others] = await publishedOn(deviceId);
    expect(others).toEqual([]);
    expect(told?.type).toBe('app.installed');
    expect(told?.payload.deliveries.map(({ channel }) => channel)).toContain(`user:${OWNER.id}`);
  });

  test('twice at once happens once', async () => {
    const deviceId = randomId();
    const answers = await Promise.all([install(deviceId), install(deviceId), install(deviceId)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('already_exists');
    expect(await publishedOn(deviceId)).toHaveLength(1);
  });

  test('an app that does not exist, or is not approved, is refused', async () => {
    const missing = await install(randomId(), randomId()).expect(422);
    expect(missing.body.issues).toEqual([{ path: 'body.appId', message: 'there is no such app' }]);
    const rejected = DEMO_APPS.find((app) => app.reviewStatus === 'rejected')!;
    expect((await install(randomId(), rejected.id).expect(409)).body.code).toBe('state_conflict');
  });
});

describe('uninstalling', () => {
  test('removes it, tells so, and cannot be repeated', async () => {
    const deviceId = randomId();
    const { body: installed } = await install(deviceId);
    const { body: removed } = await uninstall(installed.id).expect(200);
    expect(removed).toEqual({ ...installed, version: 2 });
    expect((await publishedOn(deviceId)).map(({ type }) => type)).toEqual([
      'app.installed',
      'app.uninstalled',
    ]);
    await uninstall(installed.id).expect(404);
    await install(deviceId).expect(201);
  });
});

describe('the list of installations', () => {
  test('by device names each device’s collection, also of those without any', async () => {
    const devices = [...demoDevicesOf(1), { id: randomId() }];
    const ids = devices.map(({ id }) => id);
    const answer = await get(`/installations?deviceIds=${ids.join()}`).expect(200);
    expect(tagsOf(answer)).toEqual(ids.map((id) => ({ tag: `installations-of:${id}` })));
    const of = (id: string) =>
      answer.body.items.filter(({ deviceId }: Installation) => deviceId === id).length;
    expect(ids.map(of)).toEqual([3, 0, 1, 0]);
  });

  test('by ids names the absent', async () => {
    const { body: installed } = await install(randomId());
    const absent = randomId();
    const answer = await get(`/installations?ids=${absent},${installed.id}`).expect(200);
    expect(answer.body.items).toEqual([installed]);
    expect(tagsOf(answer)).toEqual([
      { tag: `installation:${absent}` },
      { tag: `installation:${installed.id}`, version: 1 },
    ]);
  });

  test('pages through the newest first, each once', async () => {
    const deviceId = randomId();
    const apps = DEMO_APPS.filter((app) => app.reviewStatus === 'approved').slice(0, 5);
    for (const app of apps) await install(deviceId, app.id).expect(201);
    const first = await get(`/installations?deviceIds=${deviceId}&limit=3`).expect(200);
    const second = await get(
      `/installations?deviceIds=${deviceId}&limit=3&cursor=${first.body.nextCursor}`,
    ).expect(200);
    expect(second.body.nextCursor).toBeNull();
    const names = [...first.body.items, ...second.body.items].map(({ appName }) => appName);
    expect(names).toEqual(apps.map(({ name }) => name).reverse());
  });

  test('of 200 devices fits in the headers of its answer', async () => {
    const ids = [demoDevice(1, 1).id, ...Array.from({ length: 199 }, () => randomId())];
    const answer = await get(`/installations?limit=200&deviceIds=${ids.join()}`).expect(200);
    expect(tagsOf(answer)).toHaveLength(200);
  });

  test('of everything is not to be had', async () => {
    await get('/installations').expect(422);
  });
});
