import { notFound } from '@cloudphone/errors';
import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ADA, buildServer } from '../fixtures/test-server.ts';
import { defineRoute } from '../routes/define-route.ts';
import type { Reply } from '../routes/route.ts';

const ping = defineRoute({
  method: 'GET',
  path: '/ping/:count',
  summary: 'Counts.',
  access: { kind: 'public' },
  params: z.strictObject({ count: z.coerce.number().int() }),
  query: z.strictObject({ limit: z.coerce.number().int().max(10).default(5) }),
  answer: z.object({ count: z.int(), limit: z.int(), who: z.string().nullable() }),
  handle: async ({ params, query, identity }) => ({
    body: { count: params.count, limit: query.limit, who: identity?.userId ?? null, secret: 1 },
  }),
});

const create = defineRoute({
  method: 'POST',
  path: '/things',
  summary: 'Makes one.',
  access: { kind: 'permission', permission: 'devices:read' },
  body: z.strictObject({ name: z.string().max(5), size: z.int() }),
  status: 201,
  bodyLimitBytes: 100,
  handle: async ({ body, identity }) => ({ body: { ...body, by: identity.userId } }),
});

const routeOf = (path: string, handle: () => Promise<Reply>) =>
  defineRoute({
    method: 'GET',
    path,
    summary: '',
    access: { kind: 'public' },
    params: z.record(z.string(), z.string()),
    handle,
  });

const server = buildServer({
  maxDeadlineMs: 5_000,
  routes: [
    ping,
    create,
    defineRoute({
      method: 'DELETE',
      path: '/things',
      summary: 'Ends all.',
      access: { kind: 'permission', permission: 'devices:write' },
      handle: async () => ({}),
    }),
    defineRoute({
      method: 'GET',
      path: '/mine',
      summary: 'One’s own.',
      access: { kind: 'signed-in' },
      handle: async ({ identity }) => ({ body: { id: identity.userId }, etagVersion: 7 }),
    }),
    routeOf('/others/:id', async () => {
      throw notFound('thing', 'of somebody else');
    }),
    routeOf('/broken', async () => {
      throw new Error('password=hunter2 at /srv/secret');
    }),
    routeOf('/endless', () => new Promise(() => undefined)),
    defineRoute({
      method: 'GET',
      path: '/lies',
      summary: '',
      access: { kind: 'public' },
      answer: z.object({ count: z.int() }),
      handle: async () => ({ body: { count: 'many' } }),
    }),
  ],
});
const http = () => supertest(server.app);
const asAda = (request: supertest.Test) => request.set('authorization', 'Bearer ada');

describe('a route', () => {
  test('is given what its schemas made of the request, and answers by its own schema', async () => {
    const { status, body } = await http().get('/ping/3');
    expect({ status, body }).toEqual({ status: 200, body: { count: 3, limit: 5, who: null } });
  });

  test('knows who asks', async () => {
    const { status, body } = await asAda(http().post('/things').send({ name: 'a', size: 1 }));
    expect({ status, body }).toEqual({ status: 201, body: { name: 'a', size: 1, by: ADA.userId } });
  });

  test('is not sent again to whoever holds that version', async () => {
    const first = await asAda(http().get('/mine'));
    expect(first.headers).toMatchObject({ etag: '"7"', 'cache-control': 'private, no-cache' });
    const again = await asAda(http().get('/mine').set('if-none-match', 'W/"7", "8"'));
    expect([again.status, again.text]).toEqual([304, '']);
    expect((await asAda(http().get('/mine').set('if-none-match', '"6"'))).status).toBe(200);
  });
});

describe('a refusal', () => {
  const cases: [string, () => supertest.Test, number, string][] = [
    [
      'malformed JSON',
      () => asAda(http().post('/things').type('json').send('{"name":')),
      400,
      'bad_request',
    ],
    [
      'a member that reaches a prototype',
      () => asAda(http().post('/things').type('json').send('{"__proto__":{"a":1}}')),
      400,
      'bad_request',
    ],
    ['an address that cannot be decoded', () => http().get('/ping/%zz'), 400, 'bad_request'],
    ['nobody', () => http().get('/mine'), 401, 'not_authenticated'],
    [
      'credentials that have ended',
      () => http().get('/mine').set('authorization', 'Bearer eve'),
      401,
      'token_expired',
    ],
    ['a permission one lacks', () => asAda(http().delete('/things')), 403, 'forbidden'],
    ['what is nowhere', () => http().get('/nowhere'), 404, 'not_found'],
    ['what one may not see', () => http().get('/others/7'), 404, 'not_found'],
    ['another method', () => http().put('/things'), 405, 'method_not_allowed'],
    [
      'a body that says it is too large',
      () =>
        asAda(
          http()
            .post('/things')
            .send({ name: 'x'.repeat(200), size: 1 }),
        ),
      413,
      'body_too_large',
    ],
    [
      'what is no JSON',
      () => asAda(http().post('/things').type('text/plain').send('name=1')),
      415,
      'unsupported_media_type',
    ],
    [
      'a compressed body',
      () => asAda(http().post('/things').set('content-encoding', 'gzip').send({ name: 'a' })),
      415,
      'unsupported_media_type',
    ],
    ['an unknown query member', () => http().get('/ping/3?colour=red'), 422, 'invalid_input'],
    [
      'what is no token',
      () => http().get('/ping/3').set('consistency-token', 'yesterday'),
      422,
      'invalid_input',
    ],
    ['a fault of ours', () => http().get('/broken'), 500, 'internal'],
    ['an answer against its own contract', () => http().get('/lies'), 500, 'internal'],
    [
      'what takes longer than the caller waits',
      () => http().get('/endless').set('x-request-deadline-ms', '30'),
      504,
      'deadline_exceeded',
    ],
  ];

  test.each(cases)('of %s → is a problem document', async (_what, request, status, code) => {
    const answer = await request();
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ status, code, type: `/docs/errors#${code}` });
    expect(answer.body.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(answer.body.title).not.toBe('');
  });

  test('of invalid input → lists every issue by its path', async () => {
    const { body } = await asAda(
      http().post('/things?page=2').send({ name: 'too long', size: 'x', colour: 'red' }),
    );
    expect(body.issues.map((issue: { path: string }) => issue.path)).toEqual([
      'query.page',
      'body.name',
      'body.size',
      'body.colour',
    ]);
  });

  test('of a body sent in pieces → comes as soon as it is too large', async () => {
    const request = asAda(http().post('/things').type('json'));
    request.write('x'.repeat(80));
    request.write('x'.repeat(80));
    expect((await request).status).toBe(413);
  });

  test('of a method → names those that would do', async () => {
    const { headers } = await http().put('/things');
    expect(headers.allow).toBe('DELETE, POST');
  });

  test('that may pass → says when to come back, on every retryable code', async () => {
    const answer = await http().get('/endless').set('x-request-deadline-ms', '10');
    expect(answer.headers['retry-after']).toBe('1');
    expect((await http().get('/broken')).headers).not.toHaveProperty('retry-after');
  });

  test('of somebody unknown → names the scheme', async () => {
    const { headers } = await http().get('/mine');
    expect(headers['www-authenticate']).toBe('Bearer realm="cloudphone"');
  });

  test('never tells what went wrong inside', async () => {
    const { text } = await http().get('/broken');
    expect(text).not.toMatch(/hunter2|secret|Error|at /);
  });

  test('keeps the caller’s trace', async () => {
    const { body } = await http()
      .get('/nowhere')
      .set('traceparent', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
    expect(body.traceId).toBe('a'.repeat(32));
  });

  test('of a body that nobody asked for → says so', async () => {
    const answer = await asAda(http().post('/things').send({}));
    expect(answer.status).toBe(422);
  });
});

describe('a table of routes', () => {
  test('with parameters that nothing checks → is refused at once', () => {
    const unchecked = { method: 'GET', path: '/a/:id', summary: '' } as const;
    const access = { kind: 'public' } as const;
    expect(() => defineRoute({ ...unchecked, access, handle: async () => ({}) })).toThrow(
      'GET /a/:id needs a schema for its params',
    );
  });

  test('with two entries for one address → is refused at once', () => {
    const twice = (path: string) => routeOf(path, async () => ({}));
    expect(() => buildServer({ routes: [twice('/a/:id'), twice('/a/:name')] })).toThrow(
      'two entries answer GET /a/:name',
    );
  });

  test('tries a literal path before a parameter, in whatever order', async () => {
    const { app } = buildServer({
      routes: [
        routeOf('/a/:id', async () => ({ body: 'parameter' })),
        routeOf('/a/new', async () => ({ body: 'literal' })),
      ],
    });
    expect((await supertest(app).get('/a/new')).body).toBe('literal');
    expect((await supertest(app).get('/a/7')).body).toBe('parameter');
  });
});

describe('every process', () => {
  test('says that it is alive and ready, until it stops', async () => {
    expect((await http().get('/healthz')).body).toMatchObject({ status: 'ok', version: '1.2.3' });
    const stopping = buildServer();
    expect((await supertest(stopping.app).get('/readyz')).status).toBe(200);
    await stopping.lifecycle.close();
    expect((await supertest(stopping.app).get('/readyz')).status).toBe(503);
  });

  test('counts requests by route, not by address', async () => {
    await http().get('/ping/41');
    const { text } = await http().get('/metrics');
    expect(text).toContain(
      'cloudphone_http_request_seconds_count{method="GET",route="/ping/:count"',
    );
    expect(text).not.toContain('/ping/41');
  });

  test('describes itself', async () => {
    const { body } = await http().get('/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(body.paths['/ping/{count}'].get.parameters.map((p: { name: string }) => p.name)).toEqual(
      ['count', 'limit'],
    );
    expect((await http().get('/docs')).text).toContain('/docs/start.js');
    expect((await http().get('/docs/swagger-ui-bundle.js')).status).toBe(200);
    expect((await http().get('/docs/errors')).text).toContain('id="not_found"');
  });

  test('sends the headers that browsers are protected by', async () => {
    const { headers } = await http().get('/nowhere');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers).not.toHaveProperty('x-powered-by');
    const page = await http().get('/docs').expect(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    expect(page.headers['x-frame-options']).toBe('DENY');
  });
});
