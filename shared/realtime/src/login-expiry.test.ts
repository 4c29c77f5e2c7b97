import { createManualClock, type ManualClock } from '@cloudphone/runtime';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { io, type Socket } from 'socket.io-client';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import {
  buildIdentity,
  identityOf,
  startNode,
  type TestNode,
  tokenOf,
} from './fixtures/start-node.ts';
import { WARN_BEFORE_MS, watchExpiry } from './login-expiry.ts';
import type { RealtimeOptions } from './realtime.ts';
import type { SocketIdentity } from './socket-identity.ts';

const LIFETIME_MS = 600_000;
const ORIGIN = 'https://phones.example';

describe('the end of a log-in on a live socket', () => {
  let redisUrl: string;
  beforeAll(async () => {
    redisUrl = (await testRedis({ persistent: false })).url;
  });

  test('is announced a minute ahead, then closes the socket with the reason', async () => {
    const { clock, me, socket, heard } = await world();
    clock.turn(LIFETIME_MS - WARN_BEFORE_MS);
    await until(() => heard.length === 1);
    clock.turn(WARN_BEFORE_MS);
    await until(() => !socket.connected);
    expect(heard).toEqual([
      { expiresAt: new Date(me.expiresAtMs).toISOString() },
      { reason: 'token_expired' },
      'io server disconnect',
    ]);
  });

  test('is announced at once when less than a minute is left', async () => {
    const { clock, heard } = await world({ lifetimeMs: 30_000 });
    clock.turn(0);
    await until(() => heard.length === 1);
  });

  test('is put off by a new token', async () => {
    const { clock, me, socket, heard } = await world();
    clock.turn(LIFETIME_MS - WARN_BEFORE_MS);
    const renewed = { ...me, expiresAtMs: me.expiresAtMs + LIFETIME_MS };
    const answer = await socket.emitWithAck('auth:refresh', { token: tokenOf(renewed) });
    const expiresAt = new Date(renewed.expiresAtMs).toISOString();
    expect(answer).toEqual({ ok: true, expiresAt });
    clock.turn(LIFETIME_MS - 1);
    await socket.emitWithAck('unsubscribe', {});
    expect(socket.connected).toBe(true);
    clock.turn(WARN_BEFORE_MS + 1);
    await until(() => !socket.connected);
    expect(heard.at(-2)).toEqual({ reason: 'token_expired' });
  });

  test('is put off by the session cookie that opened the socket', async () => {
    let extendedMs = 0;
    const { clock, socket } = await world({
      withCookie: true,
      onIdentity: (identity) => ({
        ...identity,
        expiresAtMs: identity.expiresAtMs + extendedMs,
      }),
    });
    extendedMs = LIFETIME_MS;
    expect(await socket.emitWithAck('auth:refresh', {})).toMatchObject({ ok: true });
    clock.turn(LIFETIME_MS + 1);
    await socket.emitWithAck('unsubscribe', {});
    expect(socket.connected).toBe(true);
  });

  test.each([
    ['another person', { userId: crypto.randomUUID() }],
    ['another log-in', { sessionId: crypto.randomUUID() }],
    ['another tenant', { tenantId: 'tenant-2' }],
  ])('is not put off by a token of %s', async (_case, changes) => {
    const { clock, me, socket } = await world();
    const token = tokenOf({ ...me, ...changes, expiresAtMs: me.expiresAtMs * 2 });
    const refused = await socket.emitWithAck('auth:refresh', { token });
    expect(refused).toEqual({ ok: false, code: 'forbidden' });
    clock.turn(LIFETIME_MS);
    await until(() => !socket.connected);
  });

  test('is not put off by a token that is over, or by none', async () => {
    const { me, socket } = await world();
    const over = tokenOf({ ...me, expiresAtMs: 0 });
    const refuse = (body: object) => socket.emitWithAck('auth:refresh', body);
    expect(await refuse({ token: over })).toEqual({ ok: false, code: 'token_expired' });
    expect(await refuse({ token: 'unknown' })).toEqual({ ok: false, code: 'not_authenticated' });
  });

  test('a refresh with fewer rights takes the channels away that need them', async () => {
    const { node, me, socket } = await world({
      identity: { permissions: ['orders:read', 'users:read'] },
      channelsOf: ({ permissions }) => permissions.map((permission) => `admin:${permission}`),
      maySubscribe: ({ permissions }) => permissions.includes('users:read'),
    });
    const channel = `device:${crypto.randomUUID()}`;
    await socket.emitWithAck('subscribe', { channel });
    const left: unknown[] = [];
    socket.on('unsubscribed', (told) => left.push(told));
    const token = tokenOf({ ...me, permissions: ['orders:read', 'audit:read'] });
    await socket.emitWithAck('auth:refresh', { token });
    const has = (name: string) => node.realtime.hasMembers(name);
    expect([has('admin:orders:read'), has('admin:audit:read')]).toEqual([true, true]);
    expect([has('admin:users:read'), has(channel)]).toEqual([false, false]);
    await until(() => left.length === 1);
    expect(left).toEqual([{ channel }]);
  });

  interface WorldOptions extends Partial<Pick<RealtimeOptions, 'channelsOf' | 'maySubscribe'>> {
    readonly lifetimeMs?: number;
    readonly identity?: Partial<SocketIdentity>;
    readonly withCookie?: boolean;
    readonly onIdentity?: (identity: SocketIdentity) => SocketIdentity;
  }

  async function world(options: WorldOptions = {}) {
    const { lifetimeMs = LIFETIME_MS, identity, withCookie, onIdentity, ...rest } = options;
    const clock: ManualClock = createManualClock();
    const node: TestNode = await startNode({
      redisUrl,
      clock,
      publicOrigin: ORIGIN,
      authenticate: async (credentials) =>
        (onIdentity ?? ((same) => same))(identityOf(credentials)),
      ...rest,
    });
    whenDone(node.close);
    const me = buildIdentity({ expiresAtMs: clock.now() + lifetimeMs, ...identity });
    const token = tokenOf(me);
    const socket: Socket = io(node.url, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      autoConnect: false,
      ...(withCookie
        ? { extraHeaders: { cookie: `session=${token}`, origin: ORIGIN } }
        : { auth: { token } }),
    });
    const heard: unknown[] = [];
    for (const name of ['auth:expiring', 'closing', 'disconnect']) {
      socket.on(name, (said: unknown) => heard.push(said));
    }
    whenDone(async () => void socket.disconnect());
    socket.connect();
    await until(() => socket.connected);
    return { node, clock, me, socket, heard };
  }
});

test('a log-in of many years is watched without a timer that fires at once', () => {
  const clock = createManualClock();
  const years = 10 * 365 * 24 * 3_600_000;
  const after = vi.spyOn(clock, 'after');
  const onExpired = vi.fn();
  watchExpiry({ clock, expiresAtMs: clock.now() + years, onExpiring: () => {}, onExpired });
  clock.turn(years - 1);
  expect(Math.max(...after.mock.calls.map(([delayMs]) => delayMs))).toBeLessThan(2 ** 31);
  expect(onExpired).not.toHaveBeenCalled();
  clock.turn(1);
  expect(onExpired).toHaveBeenCalledOnce();
});
