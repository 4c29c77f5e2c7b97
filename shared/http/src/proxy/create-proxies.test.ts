import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type DomainServiceName, HEADERS } from '@cloudphone/contracts';
import { toProblem, versionConflict } from '@cloudphone/errors';
import { readSignedClaims } from '@cloudphone/runtime';
import { freePort, until, whenDone } from '@cloudphone/test-kit';
import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { ADA, buildServer, knowsAda } from '../fixtures/test-server.ts';
import { defineProxyRoute, type ProxyTable } from './proxy-route.ts';

const internalSecret = 'a secret of all processes';
const signedIn = { kind: 'signed-in' } as const;
const billing = (path: string) => ({ service: 'billing' as const, path });

const routes = [
  defineProxyRoute({
    method: 'GET',
    path: '/admin/plans',
    to: billing('/plans'),
    access: signedIn,
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/admin/plans/:planId',
    to: billing('/plans/:planId'),
    access: { kind: 'permission', permission: 'devices:read' },
  }),
  defineProxyRoute({
    method: 'DELETE',
    path: '/admin/plans/:planId',
    to: billing('/plans/:planId'),
    access: { kind: 'permission', permission: 'catalogue:write' },
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/admin/plans',
    to: billing('/plans'),
    access: signedIn,
    bodyLimitBytes: 1_000_000,
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/me/payments',
    to: billing('/users/:userId/payments'),
    access: signedIn,
    rewrite: { userId: ':me' },
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/slow',
    to: billing('/slow'),
    access: signedIn,
    timeoutMs: 50,
  }),
  defineProxyRoute({ method: 'DELETE', path: '/mine', to: billing('/mine'), access: signedIn }),
];

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

/** A BFF with the table above, in front of a service that answers as told. */
async function world(answer: Answer, table: Partial<ProxyTable> = {}) {
  const asked: { req: IncomingMessage; body: Buffer[] }[] = [];
  const service = createServer((req, res) => {
    const body: Buffer[] = [];
    req.on('data', (chunk: Buffer) => body.push(chunk));
    asked.push({ req, body });
    answer(req, res);
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  whenDone(async () => {
    service.closeAllConnections();
    service.close();
  });
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  return { ...(await bff(url, table)), asked, service };
}

async function bff(url: string, table: Partial<ProxyTable> = {}) {
  const targets = { billing: url } as Record<DomainServiceName, string>;
  const server = buildServer({
    authenticate: knowsAda,
    internalSecret,
    drainMs: 0,
    proxies: { routes, targets, ...table },
  });
  const port = await server.listen(0, '127.0.0.1');
  whenDone(() => server.close());
  const http = () => supertest(`http://127.0.0.1:${port}`);
  const get = (path: string) => http().get(path).set('authorization', 'Bearer ada');
  return { http, get, port, server };
}

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  (_req, res) =>
    res
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));

describe('the table', () => {
  test('leads to the service, query and all, as the one who asks', async () => {
    const { get, asked } = await world(json({ items: [] }));
    const { status, body } = await get('/admin/plans?limit=3&q=a%20b');
    expect({ status, body }).toEqual({ status: 200, body: { items: [] } });
    const { url, headers } = asked[0]!.req;
    expect(url).toBe('/plans?limit=3&q=a%20b');
    const signed = String(headers[HEADERS.internalIdentity]);
    expect(readSignedClaims(signed, { secret: internalSecret, nowMs: Date.now() })).toEqual(ADA);
    expect(headers.traceparent).toMatch(/^00-/);
    expect(Number(headers[HEADERS.requestDeadlineMs])).toBeGreaterThan(1_000);
  });

  test('fills in the caller’s own id', async () => {
    const { get, asked } = await world(json({}));
    await get('/me/payments');
    expect(asked[0]!.req.url).toBe(`/users/${ADA.userId}/payments`);
  });

  test.each([
    ['another address of the service', 'GET', '/plans', 404],
    ['a step upwards', 'GET', '/admin/plans/../users', 404],
    ['an encoded step upwards', 'GET', '/admin/plans/%2e%2e', 404],
    ['an encoded path', 'GET', '/admin/plans/..%2fusers%2f7', 404],
    ['a doubly encoded path', 'GET', '/admin/plans/%252e%252e%252fusers', 404],
    ['a backslash', 'GET', '/admin/plans/..%5cusers', 404],
    ['a query in the path', 'GET', '/admin/plans/7%3fadmin=1', 404],
    ['a line break', 'GET', '/admin/plans/7%0d%0aX-Evil:1', 404],
    ['an absolute address', 'GET', 'http://127.0.0.1:1/admin/secret', 404],
    ['another method', 'PUT', '/admin/plans', 405],
    ['a permission one lacks', 'DELETE', '/admin/plans/7', 403],
  ])('does not lead anywhere by %s', async (_what, method, path, status) => {
    const { port, asked } = await world(json({}));
    expect(await raw(port, { method, path, authorization: 'Bearer ada' })).toMatchObject({
      status,
    });
    expect(asked).toHaveLength(0);
  });

  test('leads nobody unknown anywhere', async () => {
    const { http, asked } = await world(json({}));
    expect((await http().get('/admin/plans')).status).toBe(401);
    expect(asked).toHaveLength(0);
  });

  test('with a parameter from nowhere, or a call of another method → is refused at once', () => {
    const define = (to: string) => () =>
      defineProxyRoute({ method: 'GET', path: '/a/:id', to: billing(to), access: signedIn });
    expect(define('/b/:other')).toThrow('GET /a/:id does not name :other');
    expect(define('/b/:id/:me')).not.toThrow();
  });
});

describe('headers', () => {
  test('of a client reach the service only by the allow-list', async () => {
    const { port, asked } = await world(json({}));
    const sent = {
      authorization: 'Bearer ada',
      accept: 'application/json',
      cookie: 'session=1',
      connection: 'keep-alive, x-hop',
      'x-hop': '1',
      'x-forwarded-for': '10.0.0.1',
      'x-internal-identity': 'forged',
      'x-internal-anything': 'forged',
      'X-Internal-Identity ': 'forged',
      'if-match': '"7"',
      expect: '100-continue',
      te: 'trailers',
      upgrade: 'h2c',
      'proxy-authorization': 'Basic x',
      'min-version': '9',
      'x-http-method-override': 'DELETE',
    };
    const { 'X-Internal-Identity ': _unsendable, ...headers } = sent;
    await raw(port, { method: 'GET', path: '/admin/plans', ...headers });
    const names = Object.keys(asked[0]!.req.headers).sort();
    expect(names).toEqual([
      'accept',
      'connection',
      'host',
      'if-match',
      'traceparent',
      'x-internal-identity',
      'x-request-deadline-ms',
    ]);
    const { headers: got } = asked[0]!.req;
    expect(got['x-internal-identity']).not.toContain('forged');
    expect(got.connection).toBe('keep-alive');
  });

  test('of a service reach the client only by the allow-list', async () => {
    const { get } = await world(
      json({}, 200, {
        etag: '"7"',
        'retry-after': '1',
        server: 'internal/1.0',
        'set-cookie': 'a=1',
        location: 'http://127.0.0.1:4104/plans',
        'x-powered-by': 'Express',
        [HEADERS.cacheTags]: 'plans',
        [HEADERS.eventIds]: 'e1',
        'access-control-allow-origin': '*',
      }),
    );
    const { headers } = await get('/admin/plans');
    expect(headers).toMatchObject({ etag: '"7"', 'retry-after': '1' });
    for (const name of [
      'server',
      'set-cookie',
      'location',
      'x-powered-by',
      'cache-tags',
      'event-ids',
      'access-control-allow-origin',
    ]) {
      expect(headers).not.toHaveProperty(name);
    }
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  test('of a write’s events become a token', async () => {
    const { http } = await world(json({}, 201, { [HEADERS.eventIds]: 'e1, e2' }), {
      headersForWrite: async (ids) => ({ 'consistency-token': ids.join('+') }),
    });
    const answer = await http().post('/admin/plans').set('authorization', 'Bearer ada').send({});
    expect([answer.status, answer.headers['consistency-token']]).toEqual([201, 'e1+e2']);
  });
});

describe('bodies', () => {
  test('stream through, and back', async () => {
    const { port, asked } = await world((req, res) => void req.pipe(res.writeHead(200)));
    const sending = request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: '/admin/plans',
      headers: { authorization: 'Bearer ada', 'content-type': 'application/json' },
    });
    const answered = new Promise<IncomingMessage>((resolve) => sending.once('response', resolve));
    sending.write('first ');
    // The first half is answered before the second is sent.
    const answer = await answered;
    expect(String(await new Promise((resolve) => answer.once('data', resolve)))).toBe('first ');
    sending.end('second');
    expect(String(await new Promise((resolve) => answer.once('data', resolve)))).toBe('second');
    expect(Buffer.concat(asked[0]!.body).toString()).toBe('first second');
  });

  test('above the limit → are refused, whether they say so or not', async () => {
    const { port, asked } = await world((req) => void req.resume());
    const authorization = 'Bearer ada';
    const big = 'x'.repeat(1_100_000);
    const said = { method: 'POST', path: '/admin/plans', authorization };
    expect((await raw(port, { ...said, 'content-length': '1100000' }, big)).status).toBe(413);
    expect(asked).toHaveLength(0);
    expect((await raw(port, { ...said, 'transfer-encoding': 'chunked' }, big)).status).toBe(413);
  });

  test('of a DELETE → stay here: the service would read them as another request', async () => {
    const { port, asked } = await world(json({}));
    const mine = { method: 'DELETE', path: '/mine', authorization: 'Bearer ada' };
    const sent = { ...mine, 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    const smuggled = 'GET /internal HTTP/1.1\r\nhost: x\r\n\r\n';
    expect((await raw(port, { ...mine, 'transfer-encoding': 'chunked' }, smuggled)).status).toBe(
      415,
    );
    expect((await raw(port, sent, smuggled)).status).toBe(400);
    expect((await raw(port, sent, '{"all":true}')).status).toBe(422);
    expect((await raw(port, sent, ' '.repeat(100_001))).status).toBe(413);
    expect(asked).toHaveLength(0);
    expect((await raw(port, sent, '{}')).status).toBe(200);
    expect((await raw(port, mine)).status).toBe(200);
    const said = ({ req, body }: (typeof asked)[number]) => [
      req.method,
      Buffer.concat(body).length,
    ];
    expect(asked.map(said)).toEqual([
      ['DELETE', 0],
      ['DELETE', 0],
    ]);
  });
});

describe('a service', () => {
  test('that refuses → has its problem passed on as ours', async () => {
    const refusal = toProblem(versionConflict('plan', '7', 12), {
      instance: '/plans/7',
      traceId: 'internal',
    });
    const { get } = await world(json(refusal, 409));
    const { status, body, headers } = await get('/admin/plans/7');
    expect(status).toBe(409);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(body).toMatchObject({
      code: 'version_conflict',
      currentVersion: 12,
      instance: '/admin/plans/7',
    });
    expect(body.traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  test.each([
    ['fails', json({ detail: 'SELECT * FROM plan', stack: 'at x' }, 500), 502, 'upstream_failed'],
    [
      'answers text',
      ((_q, res) => res.writeHead(404).end('Cannot GET')) as Answer,
      502,
      'upstream_failed',
    ],
    ['redirects', json({}, 302, { location: '/x' }), 502, 'upstream_failed'],
    ['hangs up', ((req) => req.socket.destroy()) as Answer, 503, 'upstream_unavailable'],
  ] as [string, Answer, number, string][])(
    'that %s → is a problem of ours: %#',
    async (_what, answer, status, code) => {
      const { get } = await world(answer);
      const got = await get('/admin/plans');
      expect([got.status, got.body.code]).toEqual([status, code]);
      expect(got.text).not.toMatch(/SELECT|stack|Cannot/);
    },
  );

  test('that is not there → 503, and back soon', async () => {
    const { get } = await bff(`http://127.0.0.1:${await freePort()}`);
    const { status, body, headers } = await get('/admin/plans');
    expect([status, body.code]).toEqual([503, 'upstream_unavailable']);
    expect(headers['retry-after']).toBe('1');
  });

  test('that is too slow → is given up, and told so', async () => {
    const { get, asked } = await world(() => undefined);
    const own = await get('/slow');
    expect([own.status, own.body.code]).toEqual([504, 'upstream_timeout']);
    const callers = await get('/admin/plans').set(HEADERS.requestDeadlineMs, '40');
    expect([callers.status, callers.body.code]).toEqual([504, 'deadline_exceeded']);
    await until(() => asked.every(({ req }) => req.socket.destroyed));
  });

  test('that breaks off → breaks the answer off, never completes it', async () => {
    const { port } = await world((_req, res) => {
      res.writeHead(200, { 'content-length': '99' }).write('{');
      setImmediate(() => res.destroy());
    });
    await expect(
      raw(port, { method: 'GET', path: '/admin/plans', authorization: 'Bearer ada' }),
    ).rejects.toThrow();
  });

  test('is told when the client has gone', async () => {
    const { port, asked } = await world(() => undefined);
    const leaving = request({
      host: '127.0.0.1',
      port,
      path: '/admin/plans',
      headers: { authorization: 'Bearer ada' },
    });
    leaving.on('error', () => undefined).end();
    await until(() => asked.length === 1);
    leaving.destroy();
    await until(() => asked[0]!.req.socket.destroyed, { what: 'the service to be told' });
  });

  test('answers 304 as it is', async () => {
    const { get } = await world(
      (req, res) =>
        void res
          .writeHead(req.headers['if-none-match'] === '"7"' ? 304 : 200, { etag: '"7"' })
          .end(),
    );
    expect((await get('/admin/plans').set('if-none-match', '"7"')).status).toBe(304);
  });
});

/** A request exactly as written: supertest and URL would tidy its path. */
function raw(
  port: number,
  { method, path, ...headers }: { method: string; path: string; [header: string]: string },
  body?: string,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sending = request(
      { host: '127.0.0.1', port, method, path, headers, agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    sending.once('error', reject);
    sending.end(body);
  });
}
