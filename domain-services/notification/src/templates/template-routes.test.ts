import { HEADERS, parseCacheTags } from '@cloudphone/contracts';
import { testPostgres, testRedis, whenDone } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNotifications, type TestNotifications } from '../fixtures/start-notifications.ts';
import { FIRST_TEMPLATES } from './first-templates/first-templates.ts';

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
  it('are all there from the start, by code, page by page', async () => {
    const first = await service.get('/templates?limit=15').expect(200);
    const second = await service
      .get(`/templates?limit=15&cursor=${first.body.nextCursor}`)
      .expect(200);
    const codes = [...first.body.items, ...second.body.items].map(({ code }) => code);
    expect(codes).toEqual([...codes].sort());
    expect(new Set(codes)).toEqual(new Set(FIRST_TEMPLATES.map(({ code }) => code)));
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

describe('a template', () => {
  const withCode = (code: string) => ({ ...greeting, code });
  const create = async (code: string) =>
    (await service.post('/templates', withCode(code)).expect(201)).body;

  it('keeps what it said at each version, the newest first', async () => {
    const { id } = await create('test.versions');
    const { code: _, ...content } = greeting;
    for (const title of ['Second', 'Third']) {
      await service
        .put(`/templates/${id}`, { ...content, texts: { en: { title, body: '{{place}}' } } })
        .expect(200);
    }
    const first = await service.get(`/templates/${id}/versions?limit=2`).expect(200);
    expect(first.body.items.map(({ version }: { version: number }) => version)).toEqual([3, 2]);
    const rest = await service
      .get(`/templates/${id}/versions?limit=2&cursor=${first.body.nextCursor}`)
      .expect(200);
    expect(rest.body).toMatchObject({ items: [{ version: 1, texts: greeting.texts }] });
    expect(rest.body.nextCursor).toBeNull();
    expect((await service.get(`/templates/${id}`)).body).toMatchObject({ id, version: 3 });
  });

  it('that is switched off begins no campaign until it is switched on again', async () => {
    const { id } = await create('test.toggle');
    const off = await service.post(`/templates/${id}/toggle`, {}).expect(200);
    expect(off.body).toMatchObject({ isActive: false, version: 2, texts: greeting.texts });
    const same = await service.post(`/templates/${id}/toggle`, { isActive: false }).expect(200);
    expect(same.headers[HEADERS.eventIds]).toBeUndefined();
    const on = await service.post(`/templates/${id}/toggle`, { isActive: true }).expect(200);
    expect(on.body).toMatchObject({ isActive: true, version: 3 });
    const told = await service.published(on.headers[HEADERS.eventIds]?.split(','));
    expect(told).toMatchObject([{ type: 'template.updated', data: { isActive: true } }]);
  });

  it('that is deleted is gone, keeps its versions for what was sent, and frees its code', async () => {
    const { id } = await create('test.deleted');
    await service.delete(`/templates/${id}`).set('if-match', '"7"').expect(409);
    const deleted = await service.delete(`/templates/${id}`).expect(200);
    const told = await service.published(deleted.headers[HEADERS.eventIds]?.split(','));
    expect(told).toMatchObject([{ type: 'template.deleted', data: { id, code: 'test.deleted' } }]);
    await service.get(`/templates/${id}`).expect(404);
    await service.get('/templates/by-code/test.deleted').expect(404);
    await service.delete(`/templates/${id}`).expect(404);
    const kept = await service.tools.db
      .selectFrom('template_versions')
      .select('version')
      .where('template_id', '=', id)
      .execute();
    expect(kept).toEqual([{ version: 1 }]);
    expect((await create('test.deleted')).id).not.toBe(id);
  });

  it('is shown as a person would read it, in the nearest language, or says what is missing', async () => {
    const { id } = await create('test.preview');
    const shown = await service
      .post(`/templates/${id}/render`, { data: { place: '<b>Paris</b>' }, locale: 'zh-CN' })
      .expect(200);
    expect(shown.body).toEqual({
      ...{ locale: 'en', version: 1, title: 'Hello Ada Lovelace', body: 'from <b>Paris</b>' },
    });
    const refused = await service.post(`/templates/${id}/render`, { timeZone: 'Mars/Base' });
    expect(refused.status).toBe(422);
    expect(refused.body.issues).toEqual([
      { path: 'body.data.place', message: 'is missing' },
      { path: 'body.timeZone', message: 'is no time zone' },
    ]);
    await service.post(`/templates/${id}/render`, { data: { place: 'x' }, version: 9 }).expect(422);
  });

  it('is judged in full without being kept', async () => {
    const judge = (template: object) => service.post('/templates/validate', { template });
    const valid = await judge(withCode('test.judged')).expect(200);
    expect(valid.body).toEqual({ isValid: true, issues: [] });
    const nonsense = await judge({ code: 'Nope', extra: 1 });
    expect(nonsense.body.isValid).toBe(false);
    const paths = nonsense.body.issues.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['body.template.code', 'body.template.name', 'body.template.texts']),
    );
    const several = await judge({
      ...withCode('user.registered'),
      texts: { en: { title: '{{a}}', body: '{{#each b}}{{/each}}' } },
    });
    expect(several.body.issues.map(({ path }: { path: string }) => path)).toEqual(
      expect.arrayContaining([
        'body.template.texts.en.title',
        'body.template.texts.en.body',
        'body.template.code',
      ]),
    );
    await service.get('/templates/by-code/test.judged').expect(404);
  });

  it('is created among others, all or none', async () => {
    const [one, two] = [withCode('test.bulk_one'), withCode('test.bulk_two')];
    const hostile = { ...two, texts: { en: { title: '{{nobody}}', body: 'x' } } };
    const refused = await service.post('/templates/bulk', { templates: [one, hostile, one] });
    expect(refused.status).toBe(422);
    expect(refused.body.issues.map(({ path }: { path: string }) => path)).toEqual([
      'body.templates.1.texts.en.title',
      'body.templates.2.code',
    ]);
    const taken = withCode('user.registered');
    await service.post('/templates/bulk', { templates: [one, taken] }).expect(409);
    await service.get('/templates/by-code/test.bulk_one').expect(404);
    const created = await service.post('/templates/bulk', { templates: [one, two] }).expect(201);
    expect(created.headers[HEADERS.eventIds]?.split(',')).toHaveLength(2);
    await service.get('/templates/by-code/test.bulk_two').expect(200);
  });
});
