import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../processes/free-port.ts';
import { createStickyProxy } from './sticky-proxy.ts';

const SOON = { timeout: 30_000 };

test('the sticky proxy → deals newcomers in turn and keeps each with its replica', async () => {
  const { ask } = await sample();
  const [first, second] = [await ask(), await ask()];
  expect([first.text, second.text].sort()).toEqual(['a', 'b']);
  for (const caller of [first, second]) {
    for (let again = 0; again < 3; again++) {
      const answer = await ask({ cookie: `theme=dark; ${caller.cookie}` });
      expect(answer).toMatchObject({ text: caller.text, cookie: undefined });
    }
  }
});

test('the sticky proxy → passes bodies, and says who asked', async () => {
  const { ask } = await sample();
  const answer = await ask({ path: '/echo?x=1', body: 'ping' });
  expect(JSON.parse(answer.text)).toMatchObject({ body: 'ping', forwardedFor: '127.0.0.1' });
});

test('the sticky proxy → moves a caller whose replica is gone, without a failed request', async () => {
  const { ask, replicas } = await sample();
  const caller = await ask();
  await replicas[caller.text]?.end();
  const moved = await ask({ cookie: caller.cookie });
  expect(moved.status).toBe(200);
  expect(moved.text).not.toBe(caller.text);
  expect(moved.cookie).toContain(moved.text);
});

test('the sticky proxy → leaves out a replica that is not ready', async () => {
  const { ask, replicas } = await sample();
  const drained = replicas.a;
  drained?.setReady(false);
  await vi.waitFor(async () => {
    const seen = await Promise.all([ask(), ask(), ask(), ask()]);
    expect(seen.map(({ text }) => text)).toEqual(['b', 'b', 'b', 'b']);
  }, SOON);
});

test('the sticky proxy → answers 503 when no replica is left, and recovers', async () => {
  const { ask, replicas } = await sample();
  for (const replica of Object.values(replicas)) replica.setReady(false);
  await vi.waitFor(async () => expect((await ask()).status).toBe(503), SOON);
  replicas.a?.setReady(true);
  await vi.waitFor(async () => expect((await ask()).text).toBe('a'), SOON);
});

test('the sticky proxy → joins upgraded connections to the cookie’s replica', async () => {
  const { port, ask } = await sample();
  const caller = await ask();
  expect(await upgrade(port, caller.cookie)).toBe(`${caller.text}: hello`);
});

test('the sticky proxy → keeps long polling without cookies at one replica', async () => {
  const { ask } = await sample();
  const path = '/socket.io/?EIO=4&transport=polling';
  const answers = await Promise.all([ask({ path }), ask({ path }), ask({ path })]);
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
});

interface Question {
  readonly path?: string;
  readonly cookie?: string | undefined;
  readonly body?: string;
}

async function sample() {
  const replicas: Record<string, Awaited<ReturnType<typeof startReplica>>> = {
    a: await startReplica('a'),
    b: await startReplica('b'),
  };
  const port = await freePort();
  const proxy = await createStickyProxy({
    port,
    replicas: Object.entries(replicas).map(([name, replica]) => ({ name, port: replica.port })),
    healthEveryMs: 20,
  });
  onTestFinished(proxy.close);
  return { port, replicas, ask: (question: Question = {}) => ask(port, question) };
}

async function startReplica(name: string) {
  let isReady = true;
  const server = createServer(async (incoming, response) => {
    if (incoming.url === '/readyz') return response.writeHead(isReady ? 200 : 503).end();
    let body = '';
    for await (const chunk of incoming) body += chunk;
    const forwardedFor = incoming.headers['x-forwarded-for'];
    response.end(incoming.url?.startsWith('/echo') ? JSON.stringify({ body, forwardedFor }) : name);
  });
  server.on('upgrade', (_incoming, socket) => {
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n',
    );
    socket.once('data', (said: Buffer) => socket.end(`${name}: ${said}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const end = () => endServer(server);
  onTestFinished(end);
  const setReady = (ready: boolean) => {
    isReady = ready;
  };
  return { port: (server.address() as AddressInfo).port, end, setReady };
}

async function endServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

function ask(port: number, { path = '/', cookie, body }: Question) {
  return new Promise<{ status: number; text: string; cookie: string | undefined }>(
    (resolve, reject) => {
      const options = { port, path, method: body === undefined ? 'GET' : 'POST' };
      const asking = request({ ...options, headers: cookie ? { cookie } : {} }, async (answer) => {
        let text = '';
        for await (const chunk of answer) text += chunk;
        const given = answer.headers['set-cookie']?.[0]?.split(';')[0];
        resolve({ status: answer.statusCode ?? 0, text, cookie: given });
      });
      asking.once('error', reject);
      asking.end(body);
    },
  );
}

function upgrade(port: number, cookie: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { connection: 'upgrade', upgrade: 'echo', cookie };
    const asking = request({ port, headers });
    asking.once('error', reject);
    asking.once('upgrade', (_answer, socket) => {
      socket.once('data', (said: Buffer) => {
        resolve(said.toString());
        socket.destroy();
      });
      socket.write('hello');
    });
    asking.end();
  });
}
