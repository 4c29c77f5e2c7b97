import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  buildIdentity,
  identityOf,
  startNode,
  type TestNode,
  tokenOf,
} from './fixtures/start-node.ts';

const ORIGIN = 'https://phones.example';
const cookie = () => `session=${tokenOf(buildIdentity())}`;

describe('the handshake of a socket', () => {
  let node: TestNode;
  let redisUrl: string;
  beforeAll(async () => {
    redisUrl = (await testRedis({ persistent: false })).url;
    node = await startNode({ redisUrl, publicOrigin: ORIGIN });
    whenDone(node.close);
  });

  test('takes a token in auth', async () => {
    expect(await outcome(node, { auth: { token: tokenOf(buildIdentity()) } })).toBe('connected');
  });

  test('takes a bearer token in the Authorization header', async () => {
    const extraHeaders = { authorization: `Bearer ${tokenOf(buildIdentity())}` };
    expect(await outcome(node, { extraHeaders })).toBe('connected');
  });

  test('takes the session cookie from our own page', async () => {
    const extraHeaders = { cookie: cookie(), origin: ORIGIN };
    expect(await outcome(node, { extraHeaders })).toBe('connected');
  });

  test('refuses the session cookie from any other page, and before looking at it', async () => {
    let asked = 0;
    const watched = await startNode({
      redisUrl,
      publicOrigin: ORIGIN,
      authenticate: async (credentials) => {
        asked += 1;
        return identityOf(credentials);
      },
    });
    whenDone(watched.close);
    const foreign = { cookie: cookie(), origin: 'https://evil.example' };
    expect(await outcome(watched, { extraHeaders: foreign })).toMatchObject({
      code: 'csrf_failed',
      isRetryable: false,
    });
    expect(asked).toBe(0);
  });

  test.each([
    ['without an origin', {}],
    ['from a sandboxed page', { origin: 'null' }],
    ['from a look-alike', { origin: `${ORIGIN}.evil.example` }],
    ['by the insecure scheme', { origin: 'http://phones.example' }],
    ['by a cross-site GET', { 'sec-fetch-site': 'cross-site' }],
  ])('refuses the session cookie %s', async (_case, headers) => {
    const extraHeaders = { cookie: cookie(), ...headers };
    expect(await outcome(node, { extraHeaders })).toMatchObject({ code: 'csrf_failed' });
  });

  test('takes the session cookie over polling, whose same-origin GET has no Origin', async () => {
    const extraHeaders = { cookie: cookie(), 'sec-fetch-site': 'same-origin' };
    expect(await outcome(node, { extraHeaders, transports: ['polling'] })).toBe('connected');
  });

  test('takes the page’s own host for ours when no origin is configured', async () => {
    const open = await startNode({ redisUrl });
    whenDone(open.close);
    const from = (origin: string) => outcome(open, { extraHeaders: { cookie: cookie(), origin } });
    expect(await from(open.url)).toBe('connected');
    expect(await from('https://evil.example')).toMatchObject({ code: 'csrf_failed' });
  });

  test('never lets a cookie stand in for a token that is wrong', async () => {
    const extraHeaders = { cookie: cookie(), origin: 'https://evil.example' };
    const refused = await outcome(node, { auth: { token: 'unknown' }, extraHeaders });
    expect(refused).toMatchObject({ code: 'not_authenticated' });
  });

  test.each([
    ['nothing at all', {}],
    ['a token that is no text', { auth: { token: { userId: 'me' } } }],
    ['an identity instead of a token', { auth: { userId: crypto.randomUUID() } }],
  ])('refuses %s', async (_case, options) => {
    expect(await outcome(node, options)).toMatchObject({ code: 'not_authenticated' });
  });

  test('refuses with the code that the check threw', async () => {
    const refused = await outcome(node, { auth: { token: 'suspended' } });
    expect(refused).toEqual({
      code: 'account_suspended',
      isRetryable: false,
      message: 'This account is suspended.',
    });
  });

  test('refuses a log-in that is over', async () => {
    const token = tokenOf(buildIdentity({ expiresAtMs: Date.now() - 1 }));
    expect(await outcome(node, { auth: { token } })).toMatchObject({ code: 'token_expired' });
  });

  test('tells nothing of an unforeseen failure', async () => {
    expect(await outcome(node, { auth: { token: '%%%' } })).toEqual({
      code: 'internal',
      isRetryable: true,
      message: 'Something went wrong on our side.',
    });
  });

  test('lets nobody in whose log-in was closed while it was being checked', async () => {
    const me = buildIdentity();
    let finishCheck: (() => void) | undefined;
    const slow = await startNode({
      redisUrl,
      authenticate: (credentials) =>
        new Promise((resolve) => {
          finishCheck = () => resolve(identityOf(credentials));
        }),
    });
    whenDone(slow.close);
    const socket = client(slow, { auth: { token: tokenOf(me) } });
    const said: unknown[] = [];
    socket.on('closing', (closing) => said.push(closing));
    socket.connect();
    const finish = await until(() => finishCheck, { what: 'the check' });
    slow.realtime.disconnectPerson(me.userId, 'suspended');
    finish();
    await until(() => said.length > 0 && !socket.connected);
    expect(said).toEqual([{ reason: 'session_revoked' }]);
    expect(slow.realtime.connections).toBe(0);
  });

  test('checks one log-in for each connection, however often the client asks', async () => {
    let asked = 0;
    const slow = await startNode({
      redisUrl,
      authenticate: () => {
        asked += 1;
        return new Promise(() => {});
      },
    });
    whenDone(slow.close);
    const socket = client(slow, { auth: { token: 'any' } });
    const refused: unknown[] = [];
    socket.on('connect_error', (err) => refused.push((err as { data?: object }).data));
    socket.connect();
    await until(() => asked === 1);
    for (let again = 0; again < 50; again += 1) socket.io.engine.write('0{"token":"any"}');
    await until(() => refused.length > 0);
    expect(asked).toBe(1);
    expect(refused[0]).toMatchObject({ code: 'rate_limited' });
  });
});

type ClientOptions = Partial<ManagerOptions & SocketOptions>;

function client(node: TestNode, options: ClientOptions): Socket {
  const socket = io(node.url, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    autoConnect: false,
    ...options,
  });
  whenDone(async () => void socket.disconnect());
  return socket;
}

function outcome(node: TestNode, options: ClientOptions): Promise<unknown> {
  const socket = client(node, options);
  return new Promise((resolve) => {
    socket.once('connect', () => resolve('connected'));
    socket.once('connect_error', (err) => {
      const { data } = err as Error & { data?: object };
      resolve({ ...data, message: err.message });
    });
    socket.connect();
  });
}
