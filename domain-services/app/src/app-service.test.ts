import { appCalls, parseCacheTags } from '@cloudphone/contracts';
import { demoDevice, startTestService, type TestService } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { appService } from './app-service.ts';
import { DEMO_APPS } from './demo/demo-apps.ts';
import type { AppTables } from './schema.ts';

let service: TestService<AppTables>;
beforeAll(async () => {
  const redis = await testRedis();
  const databaseUrl = await testPostgres().freshDatabase();
  service = await startTestService(appService(), { databaseUrl, redisUrl: redis.url });
  whenDone(service.close);
});

test('the app service answers every call of its contract', () => {
  const answered = appService()
    .routes(service.tools)
    .map(({ name }) => name);
  expect(answered.sort()).toEqual(Object.keys(appCalls).sort());
});

describe('a write that changes an answer', () => {
  const [approved, pending] = (['approved', 'pending'] as const).map(
    (status) => DEMO_APPS.find(({ reviewStatus }) => reviewStatus === status)!,
  );
  const [device, empty] = [demoDevice(1, 1).id, randomId()];
  let installationId = '';
  const ask = (method: 'get' | 'post' | 'patch' | 'delete', path: string) =>
    request(service.url)[method](path).set(service.as());
  const install = (deviceId: string) =>
    ask('post', '/installations').send({ deviceId, appId: approved!.id, ownerId: null });

  beforeAll(async () => {
    installationId = (await install(randomId()).expect(202)).body.id;
  });

  const reads = () => [
    '/apps',
    '/apps?reviewStatus=pending',
    '/apps?reviewStatus=approved&limit=3',
    `/apps?ids=${pending!.id}`,
    `/apps/${pending!.id}`,
    `/apps/${approved!.id}/versions`,
    `/installations?deviceIds=${device},${empty}`,
    `/installations?ids=${installationId}`,
  ];

  async function look(): Promise<Map<string, { body: string; tags: string[] }>> {
    const seen = new Map<string, { body: string; tags: string[] }>();
    for (const path of reads()) {
      const { body, headers } = await ask('get', path).expect(200);
      const tags = parseCacheTags(headers['cache-tags'] ?? '').map(({ tag }) => tag);
      seen.set(path, { body: JSON.stringify(body), tags });
    }
    return seen;
  }

  async function tagsPublishedAs(eventId: string): Promise<string[]> {
    const row = await service.tools.db
      .selectFrom('outbox')
      .select('payload')
      .where('id', '=', eventId)
      .executeTakeFirstOrThrow();
    const payload = row.payload as unknown as { envelope: { tags: string } };
    return payload.envelope.tags.split(',');
  }

  test.each([
    [
      'listing',
      () =>
        ask('post', '/apps').send({
          packageName: 'org.example.aardvark',
          name: 'Aardvark',
          category: 'tools',
          currentVersion: '1.0',
        }),
    ],
    ['renaming', () => ask('patch', `/apps/${pending!.id}`).send({ name: 'Zebra' })],
    [
      'publishing a version',
      () => ask('post', `/apps/${approved!.id}/versions`).send({ appVersion: '999.0' }),
    ],
    ['approving', () => ask('post', `/apps/${pending!.id}/approve`)],
    ['installing where nothing was', () => install(empty)],
    ['uninstalling', () => ask('delete', `/installations/${installationId}`)],
  ])('publishes a tag of that answer: %s', async (_, write) => {
    const before = await look();
    const { headers } = await write();
    const published = await tagsPublishedAs(headers['event-ids'] ?? '');
    const after = await look();
    const changed = [...before].filter(([path, { body }]) => after.get(path)?.body !== body);
    expect(changed).not.toEqual([]);
    for (const [path, { tags }] of changed) {
      expect(published, `${path} changed`).toEqual(
        expect.arrayContaining([expect.toBeOneOf(tags)]),
      );
    }
  });
});
