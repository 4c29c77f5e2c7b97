import { appError } from '@cloudphone/errors';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { io, type Socket } from 'socket.io-client';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildIdentity, startNode, type TestNode, tokenOf } from './fixtures/start-node.ts';
import type { RealtimeOptions } from './realtime.ts';
import { MAX_SUBSCRIPTIONS } from './subscriptions.ts';

const device = () => `device:${crypto.randomUUID()}`;

describe('subscriptions', () => {
  let redisUrl: string;
  beforeAll(async () => {
    redisUrl = (await testRedis({ persistent: false })).url;
  });

  test('a channel that one may hear is heard from the acknowledgement on, until one leaves', async () => {
    const { node, socket } = await world();
    const [channel, other] = [device(), device()];
    const heard: unknown[] = [];
    socket.on('note', (frame) => heard.push(frame));
    expect(await socket.emitWithAck('subscribe', { channel })).toEqual({ ok: true });
    expect(await socket.emitWithAck('subscribe', { channel: other })).toEqual({ ok: true });
    node.realtime.deliver({ channel, name: 'note', frame: { id: '1' } });
    expect(await socket.emitWithAck('unsubscribe', { channel })).toEqual({ ok: true });
    node.realtime.deliver({ channel, name: 'note', frame: { id: '2' } });
    node.realtime.deliver({ channel: other, name: 'note', frame: { id: '3' } });
    await until(() => heard.length === 2);
    expect(heard).toEqual([{ id: '1' }, { id: '3' }]);
  });

  test('somebody else’s private channel is refused, and stays unheard', async () => {
    const { node, socket, me } = await world();
    const channel = `user:${crypto.randomUUID()}`;
    const heard: unknown[] = [];
    socket.on('note', (frame) => heard.push(frame));
    const refused = await socket.emitWithAck('subscribe', { channel });
    expect(refused).toEqual({ ok: false, code: 'forbidden' });
    node.realtime.deliver({ channel, name: 'note', frame: { id: 'secret' } });
    node.realtime.deliver({ channel: `user:${me.userId}`, name: 'note', frame: { id: 'end' } });
    await until(() => heard.length === 1);
    expect(heard).toEqual([{ id: 'end' }]);
  });

  test.each([
    ['no channel', undefined],
    ['a room of the server', '~person:1'],
    ['another socket', 'sVUbQTbqXxg3IH-3AAAB'],
    ['a number', 7],
    ['a list', [device()]],
    ['an upper-case id', device().toUpperCase()],
    ['a channel with a line break', `${device()}\n`],
  ])('%s is not a channel', async (_case, channel) => {
    const { socket } = await world({ maySubscribe: () => true });
    const refused = await socket.emitWithAck('subscribe', { channel });
    expect(refused).toEqual({ ok: false, code: 'invalid_channel' });
  });

  test('repeating a subscription changes nothing', async () => {
    let checks = 0;
    const { socket } = await world({ maySubscribe: () => ++checks > 0 });
    const channel = device();
    await socket.emitWithAck('subscribe', { channel });
    expect(await socket.emitWithAck('subscribe', { channel })).toEqual({ ok: true });
    expect(checks).toBe(1);
  });

  test('a private channel can be named but not left', async () => {
    const { socket, me } = await world({ maySubscribe: () => false });
    const channel = `user:${me.userId}`;
    expect(await socket.emitWithAck('subscribe', { channel })).toEqual({ ok: true });
    const refused = await socket.emitWithAck('unsubscribe', { channel });
    expect(refused).toEqual({ ok: false, code: 'forbidden' });
  });

  test('a socket has at most a hundred, also when it asks for all at once', async () => {
    let checks = 0;
    const maySubscribe = async () => ++checks > 0;
    const { socket } = await world({ maySubscribe });
    const asked = Array.from({ length: MAX_SUBSCRIPTIONS + 5 }, device);
    const answers = await Promise.all(
      asked.map((channel) => socket.emitWithAck('subscribe', { channel })),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(MAX_SUBSCRIPTIONS);
    expect(answers.at(-1)).toEqual({ ok: false, code: 'too_many' });
    expect(checks).toBe(MAX_SUBSCRIPTIONS);
    await socket.emitWithAck('unsubscribe', { channel: asked[0] });
    expect(await socket.emitWithAck('subscribe', { channel: device() })).toEqual({ ok: true });
  });

  test('refused ones do not count towards the hundred', async () => {
    const { socket } = await world({ maySubscribe: (_who, channel) => channel === 'admin' });
    for (let asked = 0; asked <= MAX_SUBSCRIPTIONS; asked += 1) {
      await socket.emitWithAck('subscribe', { channel: device() });
    }
    expect(await socket.emitWithAck('subscribe', { channel: 'admin' })).toEqual({ ok: true });
  });

  test('a check that fails refuses with its code', async () => {
    const { socket } = await world({
      maySubscribe: async () => {
        throw appError('upstream_unavailable', { privateDetail: 'device service at 10.0.0.7' });
      },
    });
    const refused = await socket.emitWithAck('subscribe', { channel: device() });
    expect(refused).toEqual({ ok: false, code: 'upstream_unavailable' });
  });

  test('a channel that changes hands is left by all, told, and checked anew', async () => {
    let isMine = true;
    const { node, socket } = await world({ maySubscribe: () => isMine });
    const channel = device();
    const told: unknown[] = [];
    socket.on('unsubscribed', (left) => told.push(left));
    await socket.emitWithAck('subscribe', { channel });
    isMine = false;
    node.realtime.emptyChannel(channel);
    expect(node.realtime.hasMembers(channel)).toBe(false);
    await until(() => told.length === 1);
    expect(told).toEqual([{ channel }]);
    const refused = await socket.emitWithAck('subscribe', { channel });
    expect(refused).toEqual({ ok: false, code: 'forbidden' });
  });

  test('a channel that changes hands while it is checked is checked again', async () => {
    const verdicts: ((isAllowed: boolean) => void)[] = [];
    const { node, socket } = await world({
      maySubscribe: () => new Promise((resolve) => verdicts.push(resolve)),
    });
    const channel = device();
    const answer = socket.emitWithAck('subscribe', { channel });
    await until(() => verdicts.length === 1);
    node.realtime.emptyChannel(channel);
    verdicts[0]!(true);
    await until(() => verdicts.length === 2);
    verdicts[1]!(false);
    expect(await answer).toEqual({ ok: false, code: 'forbidden' });
    expect(node.realtime.hasMembers(channel)).toBe(false);
  });

  test('a socket that leaves during the check leaves nothing behind', async () => {
    const verdicts: ((isAllowed: boolean) => void)[] = [];
    const { node, socket } = await world({
      maySubscribe: () => new Promise((resolve) => verdicts.push(resolve)),
    });
    const channel = device();
    const joined: string[] = [];
    node.realtime.onSubscribed((name) => joined.push(name));
    socket.emit('subscribe', { channel });
    await until(() => verdicts.length === 1);
    socket.disconnect();
    await until(() => node.realtime.connections === 0);
    verdicts[0]!(true);
    await new Promise(setImmediate);
    expect(node.realtime.hasMembers(channel)).toBe(false);
    expect(joined).toEqual([]);
  });

  async function world(options: Partial<Pick<RealtimeOptions, 'maySubscribe'>> = {}) {
    const node: TestNode = await startNode({ redisUrl, ...options });
    whenDone(node.close);
    const me = buildIdentity();
    const socket: Socket = io(node.url, {
      transports: ['websocket'],
      auth: { token: tokenOf(me) },
      reconnection: false,
      forceNew: true,
    });
    whenDone(async () => void socket.disconnect());
    await until(() => socket.connected);
    return { node, socket, me };
  }
});
