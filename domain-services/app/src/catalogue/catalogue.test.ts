import { type CatalogueApp, HEADERS, parseCacheTags } from '@cloudphone/contracts';
import { startTestService, type TestService } from '@cloudphone/domain-service';
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
  service = await startTestService(appService(), { databaseUrl, redisUrl: redis.url });
  whenDone(service.close);
});

const demoApp = (name: string) => DEMO_APPS.find((app) => app.name === name)!;
const get = (path: string) => request(service.url).get(path).set(service.as());
const post = (path: string) => request(service.url).post(path).set(service.as());
const tagsOf = (answer: request.Response) => parseCacheTags(answer.headers['cache-tags'] ?? '');

async function publishedAbout(appId: string): Promise<string[]> {
  const rows = await service.tools.db
    .selectFrom('outbox')
    .select('type')
    .where('key', '=', `app:${appId}`)
    .orderBy('seq')
    .execute();
  return rows.map(({ type }) => type);
}

describe('the catalogue', () => {
  test('pages by name through every app once', async () => {
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const after: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body } = await get(`/apps?limit=6${after}`).expect(200);
      names.push(...body.items.map((app: CatalogueApp) => app.name));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(names).toEqual(DEMO_APPS.map((app) => app.name).sort());
  });

  test('names the collection and every app shown with its version', async () => {
    const answer = await get('/apps?limit=2').expect(200);
    expect(tagsOf(answer)).toEqual([
      { tag: 'apps' },
      ...answer.body.items.map((app: CatalogueApp) => ({ tag: `app:${app.id}`, version: 1 })),
    ]);
  });

  test('is filtered by review status', async () => {
    const { body } = await get('/apps?reviewStatus=rejected').expect(200);
    expect(body.items.map((app: CatalogueApp) => app.name)).toEqual(['Battery Booster']);
  });

  test('of ids answers all that exist, however small the page, and names the absent', async () => {
    const absent = randomId();
    const [one, two] = [demoApp('Almanac'), demoApp('Tangram')];
    const answer = await get(`/apps?limit=1&ids=${absent},${two.id},${one.id}`).expect(200);
    expect(answer.body.items.map((app: CatalogueApp) => app.name)).toEqual(['Almanac', 'Tangram']);
    expect(tagsOf(answer)).toEqual([
      { tag: `app:${absent}` },
      { tag: `app:${two.id}`, version: 1 },
      { tag: `app:${one.id}`, version: 1 },
    ]);
    expect((await get('/apps?ids=').expect(200)).body.items).toEqual([]);
  });

  test('a cursor that no page gave is refused', async () => {
    const { body } = await get('/apps?cursor=bm9uc2Vuc2U').expect(422);
    expect(body.issues[0].path).toBe('query.cursor');
  });

  test('an app that does not exist is a 404 that names what would end it', async () => {
    const id = randomId();
    expect(tagsOf(await get(`/apps/${id}`).expect(404))).toEqual([{ tag: `app:${id}` }]);
  });

  test('is shown to nobody without an internal identity', async () => {
    await request(service.url).get('/apps').expect(401);
  });
});

describe('a review', () => {
  test('that approves is told once, however often it is repeated', async () => {
    const { id } = demoApp('Roof Runner');
    const first = await post(`/apps/${id}/approve`).expect(200);
    expect(first.body).toMatchObject({ reviewStatus: 'approved', version: 2 });
    expect(first.headers[HEADERS.eventIds]).toMatch(/^[0-9a-f-]{36}$/);
    const second = await post(`/apps/${id}/approve`).expect(200);
    expect(second.body).toEqual(first.body);
    expect(second.headers).not.toHaveProperty(HEADERS.eventIds);
    expect(await publishedAbout(id)).toEqual(['app.approved']);
  });

  test('cannot be reversed', async () => {
    const rejected = demoApp('Battery Booster');
    const { body } = await post(`/apps/${rejected.id}/approve`).expect(409);
    expect(body).toMatchObject({ code: 'state_conflict', detail: 'It is rejected already.' });
    expect(await publishedAbout(rejected.id)).toEqual([]);
  });

  test('by two at once ends in one decision', async () => {
    const { id } = demoApp('Flatbed');
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => post(`/apps/${id}/${i % 2 ? 'approve' : 'reject'}`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      ...Array<number>(5).fill(200),
      ...Array<number>(5).fill(409),
    ]);
    expect(await publishedAbout(id)).toHaveLength(1);
  });

  test('of nothing is a 404', async () => {
    await post(`/apps/${randomId()}/approve`).expect(404);
  });
});

describe('a listing', () => {
  const listing = {
    packageName: 'org.example.new',
    name: 'Newcomer',
    category: 'tools',
    currentVersion: '1.2',
  };
  const create = (changes = {}) => post('/apps').send({ ...listing, ...changes });

  test('is created once for its package, and waits for its review', async () => {
    const answers = await Promise.all([create(), create(), create()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    const created = answers.find(({ status }) => status === 201)!;
    expect(created.body).toMatchObject({ ...listing, reviewStatus: 'pending', version: 1 });
    expect(await publishedAbout(created.body.id)).toEqual(['app.created']);
  });

  test.each([
    { packageName: 'no package' },
    { name: '' },
    { currentVersion: 'latest' },
    { category: 'No Category' },
  ])('needs what a listing needs: %j', async (wrong) => {
    const { body } = await create(wrong).expect(422);
    expect(body.issues[0].path).toBe(`body.${Object.keys(wrong)[0]}`);
  });

  test('is changed by one at a time', async () => {
    const { id } = demoApp('Compass Browser');
    const patch = (name: string) =>
      request(service.url).patch(`/apps/${id}`).set(service.as()).send({ name });
    await patch('Sextant Browser').set('if-match', '"1"').expect(200);
    expect((await patch('Too Late').set('if-match', '"1"').expect(409)).body.code).toBe(
      'version_conflict',
    );
    await patch('Sextant Browser').expect(200);
    expect(await publishedAbout(id)).toEqual(['app.updated_listing']);
  });

  test('that was rejected can be reviewed again; no other can', async () => {
    const { id } = demoApp('Coin Purse');
    await post(`/apps/${id}/reject`).expect(200);
    expect((await post(`/apps/${id}/resubmit`).expect(200)).body.reviewStatus).toBe('pending');
    await post(`/apps/${id}/resubmit`).expect(200);
    await post(`/apps/${id}/approve`).expect(200);
    await post(`/apps/${id}/resubmit`).expect(409);
    expect(await publishedAbout(id)).toEqual([
      'app.rejected',
      'app.updated_listing',
      'app.approved',
    ]);
  });

  test('has a later version only, and remembers every one', async () => {
    const { id } = demoApp('File Cabinet');
    const publish = (appVersion: string) => post(`/apps/${id}/versions`).send({ appVersion });
    expect((await publish('2.10').expect(201)).body).toMatchObject({ currentVersion: '2.10' });
    for (const earlier of ['2.9.9', '2.4.0', '2.10.0']) await publish(earlier).expect(409);
    await publish('3').expect(201);
    const first = await get(`/apps/${id}/versions?limit=2`).expect(200);
    const { body } = await get(`/apps/${id}/versions?cursor=${first.body.nextCursor}`).expect(200);
    const versions = [...first.body.items, ...body.items].map(({ appVersion }) => appVersion);
    expect(versions).toEqual(['3', '2.10', '2.4.0']);
    expect(tagsOf(first)).toEqual([{ tag: `app:${id}`, version: 3 }]);
  });
});
