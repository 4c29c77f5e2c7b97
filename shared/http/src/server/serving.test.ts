import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { currentRequestContext, readSignedClaims } from '@cloudphone/runtime';
import { until, whenDone } from '@cloudphone/test-kit';
import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { ADA, buildServer } from '../fixtures/test-server.ts';
import { defineRoute } from '../routes/define-route.ts';
import type { Reply, RouteRequest } from '../routes/route.ts';

const open = { kind: 'public' } as const;
const at = (path: string, handle: (request: RouteRequest) => Promise<Reply>) =>
  defineRoute({ method: 'GET', path, summary: '', access: open, handle });

/** A promise and the function that fulfils it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let openIt: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    openIt = resolve;
  });
  return { opened, open: openIt };
}

describe('a request’s context', () => {
  test('holds its trace, its deadline within the cap, and who asks for services', async () => {
    const secret = 'a secret of all processes';
    const { app } = buildServer({
      internalSecret: secret,
      authenticate: async () => ADA,
      maxDeadlineMs: 60_000,
      routes: [
        at('/', async ({ deadlineAtMs }) => {
          const context = currentRequestContext();
          const claims = readSignedClaims(context?.internalIdentity ?? '', {
            secret,
            nowMs: Date.now(),
          });
          const leftMs = deadlineAtMs - performance.now();
          return { body: { leftMs, claims, same: context?.deadlineAtMs === deadlineAtMs } };
        }),
      ],
    });
    const ask = async (asked: string) =>
      (await supertest(app).get('/').set('x-request-deadline-ms', asked)).body;
    expect(await ask('30000')).toMatchObject({ claims: ADA, same: true });
    expect((await ask('30000')).leftMs).toBeLessThanOrEqual(30_000);
    expect((await ask('999999')).leftMs).toBeLessThanOrEqual(60_000);
    expect((await ask('soon')).leftMs).toBeGreaterThan(30_000);
  });

  test('tells a route that nobody waits any more', async () => {
    const seen: AbortSignal[] = [];
    const server = buildServer({
      routes: [
        at('/', ({ signal }) => {
          seen.push(signal);
          return new Promise(() => undefined);
        }),
      ],
    });
    const port = await server.listen(0, '127.0.0.1');
    whenDone(() => server.close());
    const leaving = request({ host: '127.0.0.1', port }).on('error', () => undefined);
    leaving.end();
    await until(() => seen.length === 1);
    expect(seen[0]!.aborted).toBe(false);
    leaving.destroy();
    await until(() => seen[0]!.aborted);
  });
});

describe('a server that closes', () => {
  test('answers what is under way and accepts nothing new', async () => {
    const { opened, open: answer } = gate();
    const begun = gate();
    const server = buildServer({
      drainMs: 60_000,
      routes: [
        at('/', async () => {
          begun.open();
          await opened;
          return { body: 'done' };
        }),
      ],
    });
    const port = await server.listen(0, '127.0.0.1');
    const agent = new Agent({ keepAlive: true });
    const underWay = fetchText(port, agent);
    await begun.opened;
    const closed = server.close();
    await expect(fetchText(port, new Agent())).rejects.toThrow('ECONNREFUSED');
    answer();
    expect(await underWay).toBe('"done"');
    const beganAtMs = performance.now();
    await closed;
    // Long before the connection, which the client keeps, would be cut off.
    expect(performance.now() - beganAtMs).toBeLessThan(30_000);
    agent.destroy();
  });

  test('cuts off what takes too long', async () => {
    const begun = gate();
    const server = buildServer({
      drainMs: 30,
      routes: [
        at('/', () => {
          begun.open();
          return new Promise(() => undefined);
        }),
      ],
    });
    const port = await server.listen(0, '127.0.0.1');
    const underWay = fetchText(port, new Agent());
    const cut = expect(underWay).rejects.toThrow();
    await begun.opened;
    await server.close();
    await cut;
  });

  test('that never listened closes at once', async () => {
    await buildServer().close();
  });
});

describe('what comes before Express', () => {
  test('serves by itself or leaves the request as it was', async () => {
    const server = buildServer({
      routes: [at('/slow', async () => ({ body: 'slow' }))],
      intercept: () => (req, res) => {
        if (req.url !== '/fast') return undefined;
        res.end('fast');
        return '/fast';
      },
    });
    const port = await server.listen(0, '127.0.0.1');
    whenDone(() => server.close());
    expect(await fetchText(port, new Agent(), '/fast')).toBe('fast');
    expect(await fetchText(port, new Agent(), '/slow')).toBe('"slow"');
  });
});

describe('a stream', () => {
  test('is sent as it comes', async () => {
    const { app } = buildServer({
      routes: [
        at('/csv', async () => ({
          stream: Readable.from(['a,b\n', '1,2\n']),
          headers: { 'content-type': 'text/csv' },
        })),
      ],
    });
    const { text, headers } = await supertest(app).get('/csv');
    expect([text, headers['content-type']]).toEqual(['a,b\n1,2\n', 'text/csv']);
  });

  test('that fails on the way is never completed', async () => {
    const failing = async function* () {
      yield 'a,b\n';
      throw new Error('broken');
    };
    const { app } = buildServer({
      routes: [at('/csv', async () => ({ stream: Readable.from(failing()) }))],
    });
    await expect(supertest(app).get('/csv')).rejects.toThrow('aborted');
  });
});

describe('a web application', () => {
  test('has its files, its index for every address inside, and / leads there', async () => {
    const around = await mkdtemp(join(tmpdir(), 'web-'));
    whenDone(() => rm(around, { recursive: true }));
    await writeFile(join(around, 'secret.txt'), 'hunter2');
    const folder = join(around, 'console');
    await mkdir(join(folder, 'assets'), { recursive: true });
    await writeFile(join(folder, 'index.html'), '<title>Console</title>');
    await writeFile(join(folder, 'assets', 'app-1a2b.js'), 'run()');
    const { app } = buildServer({ webApp: { path: '/console', folder } });
    const http = supertest(app);
    expect((await http.get('/')).headers.location).toBe('/console/');
    for (const path of ['/console/', '/console/devices/7']) {
      const { text, headers } = await http.get(path);
      expect(text).toContain('Console');
      expect(headers['cache-control']).toBe('no-cache');
    }
    const script = await http.get('/console/assets/app-1a2b.js');
    expect(script.headers['cache-control']).toContain('immutable');
    expect((await http.get('/console/assets/gone.js')).status).toBe(404);
    for (const path of ['/console/../secret.txt', '/console/..%2fsecret.txt']) {
      expect((await http.get(path)).text).not.toContain('hunter2');
    }
  });
});

describe('an application of others', () => {
  test('is behind the same door', async () => {
    const { app } = buildServer({
      mounts: [
        {
          path: '/admin/queues',
          access: { kind: 'permission', permission: 'devices:read' },
          router: (req, res) => void res.end(`board ${req.url}`),
        },
        {
          path: '/admin/secrets',
          access: { kind: 'permission', permission: 'queues:read' },
          router: (_req, res) => void res.end('secret'),
        },
      ],
    });
    const http = supertest(app);
    expect((await http.get('/admin/queues/x')).status).toBe(401);
    const asAda = await http.get('/admin/queues/x').set('authorization', 'Bearer ada');
    expect(asAda.text).toBe('board /x');
    const refused = await http.get('/admin/secrets').set('authorization', 'Bearer ada');
    expect(refused.status).toBe(403);
  });
});

function fetchText(port: number, agent: Agent, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, agent }, (answer) => {
      answer.setEncoding('utf8');
      let text = '';
      answer.on('data', (chunk: string) => {
        text += chunk;
      });
      answer.once('error', reject);
      answer.once('end', () => resolve(text));
    });
    asking.once('error', reject);
    asking.end();
  });
}
