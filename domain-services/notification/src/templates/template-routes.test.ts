import { HEADERS, parseCacheTags } from '@cloudphone/contracts';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNotifications, type TestNotifications } from '../fixtures/start-notifications.ts';

let service: TestNotifications;

beforeAll(async () => {
  service = await startNotifications({
    databaseUrl: await testPostgres().freshDatabase(),
    redisUrl: (await testRedis()).url,
  });
  whenDone(() => service.close());
});

const greeting = {
  code: 'test.greeting',
  name: 'Greeting',
  variables: [{ name: 'place', type: 'string', isRequired: true }],
  texts: { en: { title: 'Hello {{userName}}', body: 'from {{place}}' } },
};

describe('templates', () => {
  it('are fifteen from the start, by code, page by page', async () => {
    const first = await service.get('/templates?limit=10').expect(200);
    const second = await service
      .get(`/templates?limit=10&cursor=${first.body.nextCursor}`)
      .expect(200);
    const codes = [...first.body.items, ...second.body.items].map(({ code }) => code);
    expect(codes).toEqual([...codes].sort());
    expect(new Set(codes).size).toBe(15);
    expect(second.body.nextCursor).toBeNull();
  });

  it('are created, read and given new versions, each told by its event without the texts', async () => {
    const created = await service.post('/templates', greeting).expect(201);
    expect(created.body).toMatchObject({ ...greeting, version: 1, isActive: true });
    const { code: _, ...content } = greeting;
    const changed = { ...content, name: 'Another', texts: { en: { title: 'Hi', body: 'there' } } };
    const updated = await service
      .put(`/templates/${created.body.id}`, { ...changed, variables: [] })
      .set('if-match', created.headers.etag ?? '')
      .expect(200);
    expect(updated.body).toMatchObject({ version: 2, texts: { en: { title: 'Hi' } } });
    await service
      .put(`/templates/${created.body.id}`, changed)
      .set('if-match', created.headers.etag ?? '')
      .expect(409);
    const read = await service.get('/templates/by-code/test.greeting').expect(200);
    expect(read.body.version).toBe(2);
    expect(parseCacheTags(read.headers[HEADERS.cacheTags] ?? '')).toEqual([
      { tag: 'template:test.greeting', version: 2 },
    ]);
    const told = await service.published(updated.headers[HEADERS.eventIds]?.split(','));
    expect(told).toMatchObject([{ type: 'template.updated', data: { version: 2 } }]);
    expect(told[0]?.data).not.toHaveProperty('texts');
  });

  it('refuse a code that is taken, and name an absence in the tags of a 404', async () => {
    await service.post('/templates', { ...greeting, code: 'user.registered' }).expect(409);
    const absent = await service.get('/templates/by-code/test.nothing').expect(404);
    expect(absent.headers[HEADERS.cacheTags]).toBe('template:test.nothing');
  });

  it.each([
    ['{{constructor}}', /not declared/],
    ['{{lookup this "__proto__"}}', /no helper/],
    ['{{nobody place}}', /no helper/],
    ['{{{place}}}', /unescaped/],
    ['{{> other}}', /PartialStatement/],
  ])('refuse %s before it is kept', async (body, message) => {
    const hostile = { ...greeting, code: 'test.hostile', texts: { en: { title: 'x', body } } };
    const refused = await service.post('/templates', hostile).expect(422);
    expect(refused.body.issues).toContainEqual({
      path: 'body.texts.en.body',
      message: expect.stringMatching(message),
    });
    await service.get('/templates/by-code/test.hostile').expect(404);
  });
});
