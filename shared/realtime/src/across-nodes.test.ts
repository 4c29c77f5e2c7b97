import { type TestRedis, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildIdentity, startNode, type TestNode, tokenOf } from './fixtures/start-node.ts';
import type { SocketIdentity } from './socket-identity.ts';

describe('two nodes with one Redis', () => {
  let redis: TestRedis;
  let one: TestNode;
  let two: TestNode;
  const unforeseen: unknown[] = [];
  const note = (err: unknown) => unforeseen.push(err);

  beforeAll(async () => {
    process.on('unhandledRejection', note);
    process.on('uncaughtException', note);
    redis = await testRedis({ persistent: false });
    [one, two] = await Promise.all([start(), start()]);
    await bothHearEachOther();
  });
  afterAll(() => {
    process.off('unhandledRejection', note);
    process.off('uncaughtException', note);
  });

  test('a suspended person’s sockets are closed on both, and told why', async () => {
    const [me, other] = [buildIdentity(), buildIdentity()];
    const mine = await Promise.all([open(one, me), open(two, me), open(two, me)]);
    const others = await Promise.all([open(one, other), open(two, other)]);
    const said = mine.map((socket) => listen(socket, 'closing'));
    const endings = mine.map((socket) => listen(socket, 'disconnect'));
    one.realtime.disconnectPerson(me.userId, 'suspended');
    await until(() => mine.every((socket) => !socket.connected));
    expect(said).toEqual(mine.map(() => [{ reason: 'suspended' }]));
    expect(endings).toEqual(mine.map(() => ['io server disconnect']));
    expect(others.every((socket) => socket.connected)).toBe(true);
  });

  test('a log-in that was closed ends its own sockets only', async () => {
    const me = buildIdentity();
    const elsewhere = { ...me, sessionId: crypto.randomUUID() };
    const closed = await Promise.all([open(one, me), open(two, me)]);
    const kept = await Promise.all([open(one, elsewhere), open(two, elsewhere)]);
    two.realtime.disconnectSession(me.sessionId, 'logged_out');
    await until(() => closed.every((socket) => !socket.connected));
    expect(kept.every((socket) => socket.connected)).toBe(true);
  });

  test('a signal is heard on both, a delivery on its own node only', async () => {
    const me = buildIdentity();
    const heard = [
      listen(await open(one, me), 'note'),
      listen(await open(two, me), 'note'),
    ] as const;
    const channel = `user:${me.userId}`;
    one.realtime.deliver({ channel, name: 'note', frame: { id: 'delivered' } });
    one.realtime.signal(channel, 'note', { percent: 40 });
    await until(() => heard[0].length === 2 && heard[1].length === 1);
    expect(heard[0]).toEqual([{ id: 'delivered' }, { percent: 40 }]);
    expect(heard[1]).toEqual([{ percent: 40 }]);
  });

  test.each([
    ['bytes that are no message', Buffer.from([0xc1, 0xff, 0x00])],
    ['a message of the wrong shape', Buffer.from([0x93, 0xa1, 0x78, 0xc0, 0xc0])],
    ['a number', Buffer.from('1')],
    ['null', Buffer.from('null')],
    ['a request without its parts', Buffer.from('{"type":7}')],
    ['a disconnect of nobody', Buffer.from('{"type":4}')],
    ['a message between nodes that is no list', Buffer.from('{"type":6,"data":{"length":-1}}')],
    ['a closure that names no room', Buffer.from('{"type":6,"data":["close_sockets",{},1]}')],
  ])('survive %s from Redis', async (_case, message) => {
    const me = buildIdentity();
    const socket = await open(one, me);
    for (const name of ['test#/#', 'test-request#/#', 'test-response#/#']) {
      await two.publisher.client.publish(name, message);
    }
    await bothHearEachOther();
    expect(socket.connected).toBe(true);
    expect(unforeseen).toEqual([]);
  });

  test('while Redis is dead, each serves its own; when it is back, they hear each other again', async () => {
    const me = buildIdentity();
    const [here, there] = await Promise.all([open(one, me), open(two, me)]);
    const channel = `user:${me.userId}`;
    const heard = listen(here, 'note');
    await redis.kill();
    await until(() => !one.publisher.isReady);

    for (let id = 1; id <= 20; id += 1) {
      one.realtime.deliver({ channel, name: 'note', frame: { id } });
      one.realtime.signal(channel, 'note', { id: -id });
    }
    await until(() => heard.length === 40);
    const answer = await here.emitWithAck('subscribe', { channel: `device:${me.userId}` });
    expect(answer).toEqual({ ok: true });
    const fresh = await open(one, buildIdentity());
    expect(fresh.connected).toBe(true);
    one.realtime.disconnectPerson(me.userId, 'suspended');
    await until(() => !here.connected);
    expect(there.connected).toBe(true);
    expect(unforeseen).toEqual([]);
    expect(await failuresOf(one)).toBeGreaterThanOrEqual(21);

    await redis.restart();
    await bothHearEachOther();
    one.realtime.disconnectPerson(me.userId, 'suspended');
    await until(() => !there.connected);
    expect(unforeseen).toEqual([]);
  });

  test('while Redis is frozen, nothing waits for it', async () => {
    const me = buildIdentity();
    const socket = await open(one, me);
    const heard = listen(socket, 'note');
    await redis.pause();
    const frame = { id: 'now' };
    one.realtime.deliver({ channel: `user:${me.userId}`, name: 'note', frame });
    one.realtime.disconnectSession(me.sessionId, 'logged_out');
    await until(() => heard.length === 1 && !socket.connected);
    await redis.resume();
    await bothHearEachOther();
    expect(unforeseen).toEqual([]);
  });

  test('a node that starts while Redis is dead joins the others when it is back', async () => {
    await redis.kill();
    const late = await start({ isRedisUp: false });
    const me = buildIdentity();
    const socket = await open(late, me);
    await redis.restart();
    await until(async () => {
      one.realtime.disconnectPerson(me.userId, 'suspended');
      return !socket.connected;
    });
    expect(unforeseen).toEqual([]);
  });

  test('nodes of another key hear nothing of it', async () => {
    const stranger = await start({ adapterKey: 'another' });
    // Redis was away before: a signal to a node that does not hear yet is lost.
    await bothHearEachOther();
    const me = buildIdentity();
    const [near, far] = [await open(two, me), await open(stranger, me)];
    one.realtime.disconnectPerson(me.userId, 'suspended');
    await until(() => !near.connected);
    expect(far.connected).toBe(true);
  });

  async function start(options: Partial<Parameters<typeof startNode>[0]> = {}): Promise<TestNode> {
    const node = await startNode({ redisUrl: redis.url, ...options });
    whenDone(node.close);
    return node;
  }

  /** Signals go both ways; the only proof that both subscriptions are up. */
  async function bothHearEachOther(): Promise<void> {
    const me = buildIdentity();
    const sockets = await Promise.all([open(one, me), open(two, me)]);
    const heard = sockets.map((socket) => listen(socket, 'hello'));
    const hasFrom = (from: number) => heard.every((said) => said.includes(from));
    await until(() => {
      [one, two].forEach((node, from) => {
        node.realtime.signal(`user:${me.userId}`, 'hello', from as unknown as object);
      });
      return hasFrom(0) && hasFrom(1);
    });
    for (const socket of sockets) socket.disconnect();
  }
});

async function failuresOf(node: TestNode): Promise<number> {
  const text = await node.metrics.text();
  return Number(/adapter_failures_total\{operation="publish"\} (\d+)/.exec(text)?.[1]);
}

async function open(node: TestNode, identity: SocketIdentity): Promise<Socket> {
  const auth = { token: tokenOf(identity) };
  const transports = ['websocket'];
  const socket = io(node.url, { transports, auth, reconnection: false, forceNew: true });
  whenDone(async () => void socket.disconnect());
  await until(() => socket.connected, { what: 'the connection' });
  return socket;
}

function listen(socket: Socket, name: string): unknown[] {
  const heard: unknown[] = [];
  socket.on(name, (said: unknown) => heard.push(said));
  return heard;
}
