import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HEADERS, type Identity } from '@cloudphone/contracts';
import { createHttpServer, type LimitedBy, type RateLimiter } from '@cloudphone/http';
import {
  createHealth,
  createLifecycle,
  createManualClock,
  createMetrics,
  silentLogger,
} from '@cloudphone/runtime';
import type { ServiceClients } from '@cloudphone/service-clients';
import { until } from '@cloudphone/test-kit';
import { defineView, type Token, type ViewAnswer } from '@cloudphone/view-cache';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createFastPath } from './fast-path.ts';
import { serveView, viewRoute } from './view-route.ts';

const identity: Identity = {
  userId: '11111111-1111-4111-8111-111111111111',
  tenantId: 'acme',
  sessionId: '22222222-2222-4222-8222-222222222222',
  roles: ['support'],
  permissions: ['devices:read'],
  permissionVersion: 1,
};
const route = (permission: 'devices:read' | 'users:read', path: string) =>
  viewRoute({
    path,
    summary: 'A view.',
    access: { kind: 'permission', permission },
    view: defineView<ServiceClients>()({
      name: permission.replace(':', '-'),
      params: z.strictObject({ id: z.string().max(4), limit: z.coerce.number().default(1) }),
      scope: 'permission',
      freshFor: '30s',
      servableFor: '1m',
      load: async () => ({}),
    }),
  });
const body = Buffer.from('{"name":"phone"}');
const answer: ViewAnswer = {
  body,
  etag: '"e1"',
  position: { epoch: 'e', seq: 7 },
  status: 'hit',
  tier: 'memory',
  degraded: [],
  stale: [],
  ageMs: 1_500,
  ttlMs: 2_500,
  timings: [],
};

let isInMemory = true;
let full: LimitedBy | undefined;
let counted: string[] = [];
const rules = {
  person: { by: 'person', limit: 9, windowMs: 60_000 },
  address: { by: 'address', limit: 9, windowMs: 60_000 },
} as const;
const limiter: RateLimiter = {
  rules,
  allowanceOf: (by, key) => ({
    rule: rules[by],
    remaining: 8,
    isForgotten: false,
    isOpen: () => by !== full,
    take: () => {
      counted.push(`${by} ${key}`);
      return by !== full;
    },
    resetSeconds: () => 5,
  }),
  take: (by, key) => {
    counted.push(`${by} ${key}`);
    const isAllowed = by !== full;
    return { by, isAllowed, limit: 9, windowSeconds: 60, remaining: 8, resetSeconds: 5 };
  },
};
/** What the answer includes: everything up to its position. */
const isReached = (token: Token | undefined): boolean =>
  token === undefined || (token !== 'bypass' && token.epoch === 'e' && token.seq <= 7);
const fastPathOptions: Parameters<typeof createFastPath>[0] = {
  routes: [route('devices:read', '/devices/:id'), route('users:read', '/users/:id')],
  cache: { peek: (_view, _key, token) => (isInMemory && isReached(token) ? answer : undefined) },
  audience: 'admin',
  peekIdentity: ({ authorization }) => (authorization === 'Bearer good' ? identity : undefined),
  limiter,
  securityHeaders: { 'x-content-type-options': 'nosniff' },
  answer: (res, { head, value, body: bytes }) =>
    res.writeHead(head.status, [head.changing, value, ...head.others]).end(bytes),
};
const serve = createFastPath(fastPathOptions);
const server = createServer((req, res) => {
  if (serve(req, res) === undefined) res.writeHead(599).end();
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  isInMemory = true;
  full = undefined;
  counted = [];
});

const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
    method,
    headers: { authorization: 'Bearer good', ...headers },
  });
const DECLINED = 599;
const EVENT = 'id:0192f0c1-2345-7abc-8def-0123456789ab';

describe('the fast path', () => {
  test('serves the bytes in memory with all that an answer of Express says', async () => {
    const got = await ask('/devices/7');
    expect([got.status, await got.text()]).toEqual([200, body.toString()]);
    const headers: IncomingHttpHeaders = Object.fromEntries(got.headers);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(body.length),
      etag: '"e1"',
      age: '1',
      'cache-control': 'private, no-cache',
      'cache-status': 'cloudphone; hit; ttl=2; detail=memory',
      'consistency-token': 'e.7',
      vary: 'authorization, cookie',
      ratelimit: '"address";r=8;t=5, "person";r=8;t=5',
      'x-content-type-options': 'nosniff',
    });
  });

  test('serves a client that was told no more than the answer includes', async () => {
    const got = await ask('/devices/7', { [HEADERS.consistencyToken]: 'e.7' });
    expect(got.status).toBe(200);
  });

  test('sends nothing again to a client that has it', async () => {
    const got = await ask('/devices/7', { 'if-none-match': '"e1"' });
    expect([got.status, await got.text()]).toEqual([304, '']);
  });

  test('counts the person and the address, the one that a proxy of this machine names', async () => {
    await ask('/devices/7');
    await ask('/devices/7', { 'x-forwarded-for': '192.0.2.7' });
    expect(counted).toEqual([
      'address 127.0.0.1',
      `person ${identity.userId}`,
      'address 192.0.2.7',
      `person ${identity.userId}`,
    ]);
  });

  test.each([
    ['another method', '/devices/7', {}, 'POST'],
    ['a path of no view', '/nothing/7', {}, 'GET'],
    ['a token that was never verified', '/devices/7', { authorization: 'Bearer bad' }, 'GET'],
    ['a view of another permission', '/users/7', {}, 'GET'],
    ['parameters that do not fit', '/devices/12345', {}, 'GET'],
    ['members that are not known', '/devices/7?other=1', {}, 'GET'],
    ['a member given twice', '/devices/7?limit=1&limit=2', {}, 'GET'],
    ['a position ahead', '/devices/7', { [HEADERS.consistencyToken]: 'e.9' }, 'GET'],
    ['a position of another epoch', '/devices/7', { [HEADERS.consistencyToken]: 'f.1' }, 'GET'],
    ['an event that may not be known', '/devices/7', { [HEADERS.consistencyToken]: EVENT }, 'GET'],
    ['what is no token', '/devices/7', { [HEADERS.consistencyToken]: 'e.7, e.7' }, 'GET'],
    ['a range', '/devices/7', { range: 'bytes=0-1' }, 'GET'],
    ['several entity tags', '/devices/7', { 'if-none-match': '"a", "e1"' }, 'GET'],
    ['a chain of proxies', '/devices/7', { 'x-forwarded-for': '192.0.2.7, 127.0.0.1' }, 'GET'],
  ])('declines %s, and counts nothing', async (_what, path, headers, method) => {
    expect((await ask(path, headers as Record<string, string>, method)).status).toBe(DECLINED);
    expect(counted).toEqual([]);
  });

  test('declines what memory does not hold', async () => {
    isInMemory = false;
    expect((await ask('/devices/7')).status).toBe(DECLINED);
  });

  test.each(['person', 'address'] as const)(
    'leaves one request too many of a %s to Express, uncounted: it is counted there',
    async (by) => {
      full = by;
      expect((await ask('/devices/7')).status).toBe(DECLINED);
      expect(counted).toEqual([]);
    },
  );
});

describe('whether by the fast path or by Express', () => {
  const views = [route('devices:read', '/devices/:id')];
  const metrics = createMetrics();
  const clock = createManualClock();
  let byFastPath = 0;
  const both = createHttpServer({
    name: 'test',
    version: '1',
    routes: views.map((view) =>
      serveView(view, {
        cache: { read: async () => answer },
        tail: { waitForEvent: async () => undefined },
        audience: 'admin',
      }),
    ),
    authenticate: async () => identity,
    health: createHealth(),
    metrics,
    clock,
    logger: silentLogger,
    lifecycle: createLifecycle(silentLogger),
    limiter,
    intercept: (given) => {
      const serveHere = createFastPath({ ...fastPathOptions, ...given });
      return (req, res) => {
        const path = serveHere(req, res);
        if (path !== undefined) byFastPath += 1;
        return path;
      };
    },
  });
  let port = 0;
  beforeAll(async () => {
    port = await both.listen(0, '127.0.0.1');
  });
  afterAll(() => both.close());

  test.each([
    ['an answer', 200, {}],
    ['that nothing is new', 304, { 'if-none-match': '"e1"' }],
  ])('%s is told in the same words', async (_what, status, headers) => {
    const get = async (more: Record<string, string>) => {
      const got = await fetch(`http://127.0.0.1:${port}/devices/7`, {
        headers: { authorization: 'Bearer good', ...headers, ...more },
      });
      const { date: _date, ...said } = Object.fromEntries(got.headers);
      return { status: got.status, said, body: await got.text() };
    };
    const before = byFastPath;
    const fast = await get({});
    const whole = await get({ range: 'bytes=0-' });
    expect(byFastPath - before).toBe(1);
    expect(fast.status).toBe(status);
    expect(fast).toEqual(whole);
  });

  test('it is counted and timed under its route, by both', async () => {
    const countOf = async (status: number) => {
      clock.turn(1_000);
      const line = `cloudphone_http_request_seconds_count{method="GET",route="/devices/:id",status="${status}"} `;
      return Number((await metrics.text()).split(line)[1]?.split('\n')[0] ?? 0);
    };
    const before = [await countOf(200), await countOf(304)];
    const get = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${port}/devices/7`, {
        headers: { authorization: 'Bearer good', ...headers },
      });
    await get({});
    await get({});
    await get({ 'if-none-match': '"e1"' });
    await (await get({ range: 'bytes=0-' })).text();
    await until(async () => (await countOf(200)) === (before[0] ?? 0) + 3);
    expect(await countOf(304)).toBe((before[1] ?? 0) + 1);
  });
});
