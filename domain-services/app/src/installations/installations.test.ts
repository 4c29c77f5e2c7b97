import { HEADERS, type Installation, type NewEvent, parseCacheTags } from '@cloudphone/contracts';
import {
  demoDevice,
  demoDevicesOf,
  demoPerson,
  startTestService,
  type TestService,
} from '@cloudphone/domain-service';
import { randomId, systemClock } from '@cloudphone/runtime';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { appService } from '../app-service.ts';
import { DEMO_APPS } from '../demo/demo-apps.ts';
import type { AppTables } from '../schema.ts';

let aheadMs = 0;
const clock = {
  ...systemClock,
  now: () => systemClock.now() + aheadMs,
  forward: (byMs: number) => {
    aheadMs += byMs;
  },
};
let service: TestService<AppTables>;
beforeAll(async () => {
  const redis = await testRedis();
  const databaseUrl = await testPostgres().freshDatabase();
  const engines = { databaseUrl, redisUrl: redis.url, clock };
  service = await startTestService(appService({ lookEveryMs: 20 }), engines);
  whenDone(service.close);
});

const APP = DEMO_APPS.find((app) => app.name === 'Almanac')!;
const OTHER = DEMO_APPS.find((app) => app.name === 'Tangram')!;
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

/** As if whoever publishes such an event had. */
const publish = (event: NewEvent) =>
  service.tools.writer.write(async () => ({ result: undefined, events: [event] }));

/** As the device service answers what it was asked for last on a device. */
async function complete(
  deviceId: string,
  ended: { outcome: 'installed' | 'failed' | 'removed'; error: string | null },
): Promise<void> {
  const asked = (await publishedOn(deviceId)).filter(({ type }) => /_requested$/.test(type)).at(-1);
  if (asked === undefined) throw new Error('nothing was asked');
  const type = asked.type.replace('_requested', '_completed');
  const data = { ...asked.payload.envelope.data, ...ended };
  await publish({ type, data } as NewEvent);
}

async function find(id: string): Promise<Installation | undefined> {
  return (await get(`/installations?ids=${id}`).expect(200)).body.items[0];
}

const settled = (id: string, state: string): Promise<Installation> =>
  until(
    async () => {
      const found = await find(id);
      return found?.state === state && found;
    },
    { what: `the installation to be ${state}` },
  );

async function installed(deviceId: string, appId = APP.id): Promise<Installation> {
  const { body } = await install(deviceId, appId).expect(202);
  await complete(deviceId, { outcome: 'installed', error: null });
  return settled(body.id, 'installed');
}

/** Waits until whatever was published before has been followed: the last one of them is. */
async function followed(): Promise<void> {
  await installed(randomId());
}

function device(changes: { id: string; ownerId: string | null; formerOwnerId: string | null }) {
  const at = new Date().toISOString();
  return {
    name: 'phone',
    model: 'CP Mini',
    androidVersion: '12',
    status: 'stopped' as const,
    lastError: null,
    ownerName: null,
    ownerEmail: null,
    tenantId: null,
    nodeName: 'node-1',
    expiresAt: null,
    version: 2,
    createdAt: at,
    updatedAt: at,
    ...changes,
  };
}

async function publishedOn(deviceId: string) {
  const rows = await service.tools.db
    .selectFrom('outbox')
    .select(['type', 'payload'])
    .where('key', '=', `device:${deviceId}`)
    .orderBy('seq')
    .execute();
  return rows as unknown as {
    type: string;
    payload: {
      deliveries: { channel: string }[];
      envelope: { data: Record<string, unknown> };
    };
  }[];
}

/** What this service said of a device: the answers to it are left out. */
const typesOn = async (deviceId: string) =>
  (await publishedOn(deviceId)).map(({ type }) => type).filter((type) => !/_completed$/.test(type));

describe('installing', () => {
  test('is asked of the device service, and tells the owner when it is done', async () => {
    const deviceId = randomId();
    const { body, headers } = await install(deviceId).expect(202);
    expect(body).toMatchObject({ deviceId, appId: APP.id, state: 'requested', installedAt: null });
    expect(headers[HEADERS.eventIds]).toMatch(/^[0-9a-f-]{36}$/);
    await complete(deviceId, { outcome: 'installed', error: null });
    const installed = await settled(body.id, 'installed');
    expect(installed).toMatchObject({ appVersion: APP.currentVersion, error: null, version: 2 });
    expect(installed.installedAt).not.toBeNull();
    const events = await publishedOn(deviceId);
    expect(events.map(({ type }) => type)).toEqual([
      'app.install_requested',
      'app.install_completed',
      'app.installed',
    ]);
    const told = events.at(-1)?.payload.deliveries.map(({ channel }) => channel);
    expect(told).toContain(`user:${OWNER.id}`);
  });

  test('asked for three times at once is asked for once', async () => {
    const deviceId = randomId();
    const answers = await Promise.all([install(deviceId), install(deviceId), install(deviceId)]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await publishedOn(deviceId)).toHaveLength(1);
  });

  test('what is there already is refused', async () => {
    const deviceId = randomId();
    await installed(deviceId);
    expect((await install(deviceId).expect(409)).body.code).toBe('already_exists');
  });

  test('that fails says why, and may be tried again', async () => {
    const deviceId = randomId();
    const { body } = await install(deviceId).expect(202);
    await complete(deviceId, { outcome: 'failed', error: 'no space left' });
    expect(await settled(body.id, 'failed')).toMatchObject({ error: 'no space left' });
    expect(await typesOn(deviceId)).toContain('app.install_failed');
    const again = await install(deviceId).expect(202);
    expect(again.body).toMatchObject({ id: body.id, state: 'requested', error: null, version: 3 });
    await complete(deviceId, { outcome: 'installed', error: null });
    await settled(body.id, 'installed');
  });

  test('an app that does not exist, or is not approved, is refused', async () => {
    const missing = await install(randomId(), randomId()).expect(422);
    expect(missing.body.issues).toEqual([{ path: 'body.appId', message: 'there is no such app' }]);
    const rejected = DEMO_APPS.find((app) => app.reviewStatus === 'rejected')!;
    expect((await install(randomId(), rejected.id).expect(409)).body.code).toBe('state_conflict');
  });

  test('told of twice as done is recorded once', async () => {
    const deviceId = randomId();
    const { id } = await installed(deviceId);
    await complete(deviceId, { outcome: 'installed', error: null });
    await complete(deviceId, { outcome: 'failed', error: 'late' });
    await followed();
    expect((await find(id))?.version).toBe(2);
    expect((await typesOn(deviceId)).filter((type) => type === 'app.installed')).toHaveLength(1);
  });
});

describe('an app with a later version', () => {
  const NOTES = DEMO_APPS.find((app) => app.name === 'Margin Notes')!;
  const update = (id: string) =>
    request(service.url).post(`/installations/${id}/update`).set(service.as());

  test('is updated on a device on request, and stays as it was when that fails', async () => {
    const deviceId = randomId();
    const { id } = await installed(deviceId, NOTES.id);
    expect((await update(id).expect(202)).body.state).toBe('installed');
    await request(service.url)
      .post(`/apps/${NOTES.id}/versions`)
      .set(service.as())
      .send({ appVersion: '5.0.0' })
      .expect(201);
    expect((await update(id).expect(202)).body).toMatchObject({
      state: 'updating',
      appVersion: NOTES.currentVersion,
    });
    await complete(deviceId, { outcome: 'failed', error: 'no space left' });
    const failed = await settled(id, 'installed');
    expect(failed).toMatchObject({ appVersion: NOTES.currentVersion, error: 'no space left' });
    await update(id).expect(202);
    await complete(deviceId, { outcome: 'installed', error: null });
    expect(await settled(id, 'installed')).toMatchObject({ appVersion: '5.0.0', error: null });
    expect(await typesOn(deviceId)).toEqual([
      'app.install_requested',
      'app.installed',
      'app.install_requested',
      'app.install_failed',
      'app.install_requested',
      'app.updated',
    ]);
  });

  test('cannot be updated where it is not', async () => {
    const { body } = await install(randomId()).expect(202);
    await update(body.id).expect(409);
    await update(randomId()).expect(404);
  });
});

describe('uninstalling', () => {
  test('is asked of the device service; the installation goes when the app is gone', async () => {
    const deviceId = randomId();
    const { id } = await installed(deviceId);
    expect((await uninstall(id).expect(202)).body.state).toBe('uninstalling');
    await uninstall(id).expect(202);
    await install(deviceId).expect(409);
    await complete(deviceId, { outcome: 'removed', error: null });
    await until(async () => (await find(id)) === undefined);
    expect((await typesOn(deviceId)).slice(2)).toEqual([
      'app.uninstall_requested',
      'app.uninstalled',
    ]);
    await uninstall(id).expect(404);
    await install(deviceId).expect(202);
  });

  test('that fails leaves it installed, and says why', async () => {
    const deviceId = randomId();
    const { id } = await installed(deviceId);
    await uninstall(id).expect(202);
    await complete(deviceId, { outcome: 'failed', error: 'it is in use' });
    expect(await settled(id, 'installed')).toMatchObject({ error: 'it is in use' });
    expect(await typesOn(deviceId)).toContain('app.uninstall_failed');
  });
});

describe('a request that nobody answers', () => {
  test('fails when its time is over, and an answer that comes later still counts', async () => {
    const deviceId = randomId();
    const { body } = await install(deviceId).expect(202);
    clock.forward(200_000);
    await followed();
    expect((await find(body.id))?.state).toBe('requested');
    clock.forward(101_000);
    expect(await settled(body.id, 'failed')).toMatchObject({ error: 'No answer came in time.' });
    await complete(deviceId, { outcome: 'installed', error: null });
    await settled(body.id, 'installed');
    expect((await typesOn(deviceId)).slice(1)).toEqual(['app.install_failed', 'app.installed']);
  });
});

describe('a device that changes hands', () => {
  test.each(['device.transferred', 'device.released', 'device.deleted'] as const)(
    'ends what its former owner had on it and tells them: %s',
    async (type) => {
      const id = randomId();
      const one = await installed(id);
      const { body: two } = await install(id, OTHER.id).expect(202);
      const ownerId = type === 'device.transferred' ? demoPerson(2).id : null;
      await publish({ type, data: device({ id, ownerId, formerOwnerId: OWNER.id }) });
      await until(async () => (await find(one.id)) === undefined);
      expect(await find(two.id)).toBeUndefined();
      const ended = (await publishedOn(id)).filter((event) => event.type === 'app.uninstalled');
      expect(ended).toHaveLength(2);
      const told = ended.flatMap(({ payload }) => payload.deliveries.map(({ channel }) => channel));
      expect(told.filter((channel) => channel === `user:${OWNER.id}`)).toHaveLength(2);
    },
  );

  test('keeps what its new owner has asked for, also of the same app', async () => {
    const id = randomId();
    const former = await installed(id);
    const asNew = { deviceId: id, appId: APP.id, ownerId: demoPerson(2).id };
    const { body } = await request(service.url)
      .post('/installations')
      .set(service.as())
      .send(asNew)
      .expect(202);
    expect(body).toMatchObject({ id: former.id, state: 'requested', installedAt: null });
    const data = device({ id, ownerId: demoPerson(2).id, formerOwnerId: OWNER.id });
    await publish({ type: 'device.transferred', data });
    await followed();
    expect(await find(body.id)).toMatchObject({ state: 'requested' });
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
    const installed = (await find((await install(randomId())).body.id))!;
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
    for (const app of apps) await install(deviceId, app.id).expect(202);
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
