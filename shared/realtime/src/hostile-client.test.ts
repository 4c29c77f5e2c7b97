import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildIdentity, startNode, type TestNode, tokenOf } from './fixtures/start-node.ts';

const me = buildIdentity();
const channel = `user:${me.userId}`;

describe('a hostile client', () => {
  let node: TestNode;
  let witness: Socket;
  let witnessed: unknown[] = [];
  const unforeseen: unknown[] = [];
  const note = (err: unknown) => unforeseen.push(err);

  beforeAll(async () => {
    process.on('unhandledRejection', note);
    process.on('uncaughtException', note);
    const redis = await testRedis({ persistent: false });
    node = await startNode({ redisUrl: redis.url });
    whenDone(node.close);
    witness = await open(node);
    witness.on('note', (frame) => witnessed.push(frame));
  });
  afterAll(() => {
    process.off('unhandledRejection', note);
    process.off('uncaughtException', note);
  });

  /** Others are still served, on the same node, and nothing was thrown where nobody catches. */
  async function expectUnharmed(): Promise<void> {
    witnessed = [];
    node.realtime.deliver({ channel, name: 'note', frame: { id: 'x' } });
    await until(() => witnessed.length === 1, { what: 'the witness to hear' });
    expect(witness.connected).toBe(true);
    expect(unforeseen).toEqual([]);
  }

  test.each([
    ['an unknown message', 'make-me-admin', [{}]],
    ['a name of Object’s', '__proto__', [{}]],
    ['another name of Object’s', 'constructor', []],
    ['an emitter’s error', 'error', [new Error('no')]],
    ['a server’s own message', 'notification', [{ title: 'you won' }]],
    ['a message between nodes', 'close_sockets', ['~person:1', 'suspended']],
  ])('%s is answered with unknown_event and does nothing', async (_case, name, args) => {
    const socket = await open(node);
    const answer = await socket.emitWithAck(name, ...args);
    expect(answer).toEqual({ ok: false, code: 'unknown_event' });
    await expectUnharmed();
  });

  test.each([
    ['nothing', []],
    ['null', [null]],
    ['text', ['user:1']],
    ['a list', [[]]],
    ['binary', [Buffer.alloc(64)]],
    ['a nested channel', [{ channel: { toString: 'x' } }]],
  ])('subscribing with %s is refused', async (_case, args) => {
    const socket = await open(node);
    const answer = await socket.emitWithAck('subscribe', ...args);
    expect(answer).toEqual({ ok: false, code: 'invalid_channel' });
    await expectUnharmed();
  });

  test.each([
    ['a packet that is no JSON', '2["subscribe",{'],
    ['a packet of an unknown kind', '9[]'],
    ['an event without a name', '2[]'],
    ['an event with an object for a name', '2[{"channel":"a"}]'],
    ['an acknowledgement of nothing', '3999999[{}]'],
    ['a reserved name', '2["disconnecting"]'],
    ['a binary event that announces too much', '59999999-["subscribe"]'],
    ['a second log-in', '0{"token":"x"}'],
    ['another namespace', '0/admin,{}'],
    ['a log-in that is a list', '0[]'],
  ])('%s harms nobody', async (_case, packet) => {
    const socket = await open(node);
    socket.io.engine.write(packet);
    // Whether the server ends such a connection or ignores it, it has read it when it answers this.
    await Promise.race([
      socket.emitWithAck('subscribe', { channel }),
      new Promise((resolve) => socket.once('disconnect', resolve)),
    ]);
    await expectUnharmed();
  });

  test('a message over the limit ends its connection, unread', async () => {
    const socket = await open(node);
    const ended = new Promise((resolve) => socket.once('disconnect', resolve));
    socket.emit('subscribe', { channel: 'x'.repeat(40_000) });
    await ended;
    await expectUnharmed();
  });

  test('a deeply nested message is refused', async () => {
    const socket = await open(node);
    const answered = new Promise((resolve) => socket.once('disconnect', resolve));
    socket.io.engine.write(`2["subscribe",${'['.repeat(15_000)}${']'.repeat(15_000)}]`);
    const reply = socket.emitWithAck('subscribe', { channel });
    await Promise.race([reply, answered]);
    await expectUnharmed();
  });

  test('a flood is refused with rate_limited before anything is checked', async () => {
    const socket = await open(node);
    const flood = Array.from({ length: 1_000 }, () =>
      socket.emitWithAck('subscribe', { channel: `user:${crypto.randomUUID()}` }),
    );
    const answers = await Promise.all(flood);
    const limited = answers.filter(({ code }) => code === 'rate_limited');
    expect(limited.length).toBeGreaterThan(500);
    expect(limited[0]).toEqual({ ok: false, code: 'rate_limited', retryAfterMs: 1_000 });
    await expectUnharmed();
  });

  test('an endless stream of unacknowledged messages is ignored', async () => {
    const socket = await open(node);
    for (let sent = 0; sent < 1_000; sent += 1) socket.emit('subscribe', null);
    await socket.emitWithAck('anything');
    await expectUnharmed();
    expect(await node.metrics.text()).toMatch(/refused_messages_total\{code="rate_limited"\} \d+/);
  });
});

async function open(node: TestNode): Promise<Socket> {
  const auth = { token: tokenOf(me) };
  const transports = ['websocket'];
  const socket = io(node.url, { transports, auth, reconnection: false, forceNew: true });
  whenDone(async () => void socket.disconnect());
  await until(() => socket.connected, { what: 'the connection' });
  return socket;
}
