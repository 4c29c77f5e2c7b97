import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { io, type Socket } from 'socket.io-client';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildIdentity, startNode, type TestNode, tokenOf } from './fixtures/start-node.ts';

const WINDOW_MS = 200;

describe('a node that is closed', () => {
  let redisUrl: string;
  beforeAll(async () => {
    redisUrl = (await testRedis({ persistent: false })).url;
  });

  test('tells each socket when to come back, within the window, before it drops it', async () => {
    const node = await startNode({ redisUrl, drainWindowMs: WINDOW_MS });
    const sockets = await Promise.all(Array.from({ length: 20 }, () => open(node)));
    const closings: { reason: string; retryAfterMs: number }[] = [];
    const endings: string[] = [];
    for (const socket of sockets) {
      socket.on('closing', (closing) => closings.push(closing));
      socket.on('disconnect', (reason) => endings.push(reason));
    }
    await node.close();
    await until(() => endings.length === sockets.length);
    expect(closings).toHaveLength(sockets.length);
    expect(closings.every(({ reason }) => reason === 'shutting_down')).toBe(true);
    const delays = closings.map(({ retryAfterMs }) => retryAfterMs);
    expect(Math.max(...delays)).toBeLessThanOrEqual(WINDOW_MS);
    expect(new Set(delays).size).toBeGreaterThan(5);
    // Plain clients reconnect by themselves after this reason, and after no other of ours.
    expect(new Set(endings)).toEqual(new Set(['transport close']));
    expect(node.realtime.connections).toBe(0);
  });

  test('admits nobody from the moment it begins', async () => {
    const node = await startNode({ redisUrl, drainWindowMs: WINDOW_MS });
    await Promise.all([open(node), open(node)]);
    const closing = node.realtime.close();
    const late = connect(node);
    const refused = await new Promise<Error>((resolve) => late.once('connect_error', resolve));
    expect(refused.message).toContain('websocket error');
    await closing;
    await node.close();
  });

  test('sends a plain client to the next node', async () => {
    const first = await startNode({ redisUrl });
    const second = await startNode({ redisUrl });
    whenDone(second.close);
    const socket = connect(first, { reconnection: true, reconnectionDelay: 10 });
    await until(() => socket.connected);
    await first.realtime.close();
    await until(() => !socket.connected);
    Object.assign(socket.io, { uri: second.url });
    await until(() => second.realtime.connections === 1);
    await first.close();
  });

  test('closes once, however often it is asked', async () => {
    const node = await startNode({ redisUrl });
    expect(node.realtime.close()).toBe(node.realtime.close());
    await node.close();
  });
});

function connect(node: TestNode, options: Parameters<typeof io>[1] = {}): Socket {
  const socket = io(node.url, {
    transports: ['websocket'],
    auth: { token: tokenOf(buildIdentity()) },
    reconnection: false,
    forceNew: true,
    ...options,
  });
  whenDone(async () => void socket.disconnect());
  return socket;
}

async function open(node: TestNode): Promise<Socket> {
  const socket = connect(node);
  await until(() => socket.connected);
  return socket;
}
