import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { io, type Socket } from 'socket.io-client';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildIdentity, startNode, type TestNode, tokenOf } from './fixtures/start-node.ts';
import type { SocketIdentity } from './socket-identity.ts';

const DEVICE = `device:${crypto.randomUUID()}`;

describe('delivery to this node’s sockets', () => {
  let node: TestNode;
  beforeAll(async () => {
    const redis = await testRedis({ persistent: false });
    node = await startNode({ redisUrl: redis.url });
    whenDone(node.close);
  });

  test('a plain client hears what is delivered to its private channel', async () => {
    const me = buildIdentity();
    const socket = await open(node, me);
    const heard = listen(socket, 'billing.low_balance');
    const frame = { type: 'billing.low_balance', data: { balance: 3 }, id: 'a', pos: 'e.1' };
    node.realtime.deliver({ channel: `user:${me.userId}`, name: 'billing.low_balance', frame });
    await until(() => heard.length === 1);
    expect(heard).toEqual([frame]);
  });

  test('a person’s frames reach all of that person’s sockets and nobody else’s', async () => {
    const [me, other] = [buildIdentity(), buildIdentity()];
    const sockets = await Promise.all([open(node, me), open(node, me), open(node, other)]);
    const heard = sockets.map((socket) => listen(socket, 'note'));
    node.realtime.deliver({ channel: `user:${me.userId}`, name: 'note', frame: { id: 'mine' } });
    node.realtime.deliver({ channel: `user:${other.userId}`, name: 'note', frame: { id: 'end' } });
    await until(() => heard[0]!.length === 1 && heard[1]!.length === 1 && heard[2]!.length === 1);
    expect(heard[2]).toEqual([{ id: 'end' }]);
  });

  test('an event on two of a socket’s channels arrives once on each, each with its projection', async () => {
    const me = buildIdentity();
    const socket = await open(node, me);
    await socket.emitWithAck('subscribe', { channel: DEVICE });
    const heard = listen(socket, 'device.started');
    const deliveries = [`user:${me.userId}`, DEVICE].map((channel) => ({
      channel,
      frame: { id: 'same', channel },
    }));
    node.realtime.deliverEvent({ name: 'device.started', deliveries });
    await until(() => heard.length === 2);
    expect(heard).toEqual(deliveries.map(({ frame }) => frame));
  });

  test('keeps the order of a channel', async () => {
    const me = buildIdentity();
    const socket = await open(node, me);
    const heard = listen(socket, 'tick');
    const sent = Array.from({ length: 500 }, (_, number) => ({ number }));
    for (const frame of sent) {
      node.realtime.deliver({ channel: `user:${me.userId}`, name: 'tick', frame });
    }
    await until(() => heard.length === sent.length);
    expect(heard).toEqual(sent);
  });

  test('knows who is there: members, connections and their metrics', async () => {
    await until(() => node.realtime.connections === 0);
    const me = buildIdentity();
    const socket = await open(node, me);
    expect(node.realtime.hasMembers(`user:${me.userId}`)).toBe(true);
    expect(node.realtime.connections).toBe(1);
    expect(await node.metrics.text()).toContain('cloudphone_socket_connections 1');
    socket.disconnect();
    await until(() => node.realtime.connections === 0);
    expect(node.realtime.hasMembers(`user:${me.userId}`)).toBe(false);
  });

  test('tells of every channel that was joined', async () => {
    const joined: string[] = [];
    node.realtime.onSubscribed((channel) => joined.push(channel));
    const me = buildIdentity();
    const socket = await open(node, me);
    await socket.emitWithAck('subscribe', { channel: DEVICE });
    expect(joined).toEqual([`user:${me.userId}`, DEVICE]);
  });

  test('works over polling, and leaves the server’s other addresses alone', async () => {
    const me = buildIdentity();
    const socket = await open(node, me, ['polling']);
    const heard = listen(socket, 'note');
    node.realtime.deliver({ channel: `user:${me.userId}`, name: 'note', frame: { id: 'p' } });
    await until(() => heard.length === 1);
    expect(await (await fetch(`${node.url}/else`)).text()).toBe('not a socket');
  });
});

async function open(
  node: TestNode,
  identity: SocketIdentity,
  transports = ['websocket'],
): Promise<Socket> {
  const auth = { token: tokenOf(identity) };
  const socket = io(node.url, { transports, auth, reconnection: false, forceNew: true });
  whenDone(async () => void socket.disconnect());
  await until(() => socket.connected, { what: 'the connection' });
  return socket;
}

function listen(socket: Socket, name: string): object[] {
  const heard: object[] = [];
  socket.on(name, (frame: object) => heard.push(frame));
  return heard;
}
