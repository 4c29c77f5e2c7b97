import type { EventFrame } from '@cloudphone/contracts';
import { connectRealtime, type RealtimeClientOptions } from '@cloudphone/realtime-client';
import { freePort, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  buildIdentity,
  startNode,
  type TestNode,
  type TestNodeOptions,
  tokenOf,
} from './fixtures/start-node.ts';

const PACE = { firstMs: 20, longestMs: 100 };
const device = () => `device:${crypto.randomUUID()}`;

describe('the browser library against a real node', () => {
  let redisUrl: string;
  beforeAll(async () => {
    redisUrl = (await testRedis({ persistent: false })).url;
  });

  test('hears an event once, though two channels bring it', async () => {
    const { node, client, mine } = await world();
    const channel = device();
    await client.subscribe(channel);
    const heard: EventFrame<object>[] = [];
    client.on('device.started', (frame) => heard.push(frame));
    for (const [id, seq] of [
      ['a', 1],
      ['b', 2],
    ] as const) {
      const deliveries = [mine, channel].map((name) => frameOn(name, { id, pos: `e.${seq}` }));
      node.realtime.deliverEvent({ name: 'device.started', deliveries });
    }
    await until(() => heard.length >= 2 && client.token() === 'e.2');
    expect(heard.map(({ id, channel: from }) => [id, from])).toEqual([
      ['a', mine],
      ['b', mine],
    ]);
  });

  test('hears inbox rows under the name that plain clients use', async () => {
    const { node, client, mine } = await world();
    const heard: unknown[] = [];
    client.on('notification.created', ({ data }) => heard.push(data.title));
    const { frame } = frameOn(mine, { id: 'n', data: { title: 'Low balance' } });
    node.realtime.deliver({ channel: mine, name: 'notification', frame });
    await until(() => heard.length === 1);
    expect(heard).toEqual(['Low balance']);
  });

  test('keeps the newest position for what is fetched next', async () => {
    const { node, client, mine } = await world();
    expect(client.token()).toBeUndefined();
    for (const [id, pos] of [
      ['a', 'e1.7'],
      ['b', 'e1.6'],
      ['c', 'e2.1'],
    ] as const) {
      node.realtime.deliver({ channel: mine, name: 'x', frame: frameOn(mine, { id, pos }).frame });
    }
    await until(() => client.token() === 'e2.1');
    client.observe('e2.5');
    expect(client.token()).toBe('e2.5');
  });

  test('hears signals as often as they are sent', async () => {
    const { node, client, mine } = await world();
    const heard: unknown[] = [];
    const stop = client.onSignal('campaign:progress', (said) => heard.push(said));
    const signal = () => node.realtime.signal(mine, 'campaign:progress', { number: 1 });
    signal();
    signal();
    await until(() => heard.length === 2);
    stop();
    signal();
    client.onSignal('campaign:progress', () => heard.push('other'));
    signal();
    await until(() => heard.includes('other'));
    expect(heard.filter((said) => said !== 'other')).toHaveLength(2);
  });

  test('a channel that is refused says why and is not asked for again', async () => {
    const asked: string[] = [];
    const { client } = await world({
      maySubscribe: (_who, channel) => {
        asked.push(channel);
        return false;
      },
    });
    expect(await client.subscribe(device())).toEqual({ ok: false, code: 'forbidden' });
    expect(await client.subscribe('nonsense')).toEqual({ ok: false, code: 'invalid_channel' });
    expect(asked).toHaveLength(1);
  });

  test('a channel that two parts want is left with the second', async () => {
    const { node, client } = await world();
    const channel = device();
    await Promise.all([client.subscribe(channel), client.subscribe(channel)]);
    await client.unsubscribe(channel);
    expect(node.realtime.hasMembers(channel)).toBe(true);
    await client.unsubscribe(channel);
    expect(node.realtime.hasMembers(channel)).toBe(false);
  });

  test('comes back after its node restarted, with its channels, and says that there was a gap', async () => {
    const { node, client, port } = await world();
    const [channel, left] = [device(), device()];
    await client.subscribe(channel);
    await client.subscribe(left);
    await client.unsubscribe(left);
    const states: string[] = [];
    client.onState((state) => states.push(state));
    await node.close();
    await until(() => states.includes('waiting'));
    let heardAtGap: boolean | undefined;
    const second = await start({ port });
    client.onGap(() => {
      heardAtGap = second.realtime.hasMembers(channel);
    });
    await until(() => heardAtGap !== undefined);
    expect(heardAtGap).toBe(true);
    expect(second.realtime.hasMembers(left)).toBe(false);
    expect(client.state).toBe('connected');
  });

  test('is not back before its node wants it back', async () => {
    const { node, client, port } = await world({ drainWindowMs: 2_000 });
    const sentAway = { atMs: 0, retryAfterMs: 0 };
    client.onState((state, reason) => {
      if (state === 'waiting' && reason === 'shutting_down') sentAway.atMs = performance.now();
    });
    client.onSignal('closing', (said) => Object.assign(sentAway, said));
    await node.close();
    await start({ port });
    await until(() => client.state === 'connected');
    expect(performance.now() - sentAway.atMs).toBeGreaterThanOrEqual(sentAway.retryAfterMs);
    expect(sentAway.atMs).toBeGreaterThan(0);
  });

  test('a channel that changed hands is reported lost', async () => {
    let isMine = true;
    const { node, client } = await world({ maySubscribe: () => isMine });
    const channel = device();
    await client.subscribe(channel);
    const lost: string[][] = [];
    client.onChannelLost((...told) => lost.push(told));
    isMine = false;
    node.realtime.emptyChannel(channel);
    await until(() => lost.length === 1);
    expect(lost).toEqual([[channel, 'forbidden']]);
  });

  test('a channel that was emptied but is still allowed is heard again, after a gap', async () => {
    const { node, client } = await world();
    const channel = device();
    await client.subscribe(channel);
    let gaps = 0;
    client.onGap(() => {
      gaps += 1;
    });
    node.realtime.emptyChannel(channel);
    await until(() => gaps === 1);
    expect(node.realtime.hasMembers(channel)).toBe(true);
  });

  test('stops when it is refused for good, and tries again when told', async () => {
    let token = 'suspended';
    const { client, identity } = await world({}, { getToken: () => token }, 'refused');
    expect(await client.subscribe(device())).toEqual({ ok: false, code: 'account_suspended' });
    token = tokenOf(identity);
    client.reconnect();
    await until(() => client.state === 'connected');
  });

  test('asks for another token when its own is over, and when none can be had', async () => {
    const identity = buildIdentity();
    const occasions: string[] = [];
    const tokens = [
      () => tokenOf({ ...identity, expiresAtMs: 0 }),
      () => {
        throw new Error('the network is away');
      },
      () => tokenOf(identity),
    ];
    const getToken = (occasion: string) => {
      occasions.push(occasion);
      return tokens[occasions.length - 1]!();
    };
    await world({}, { getToken });
    expect(occasions).toEqual(['connect', 'expired', 'expired']);
  });

  test('renews its log-in without losing the connection', async () => {
    const identity = buildIdentity({ expiresAtMs: Date.now() + 30_000 });
    const occasions: string[] = [];
    let refreshed = 0;
    const { client } = await world(
      {
        authenticate: async ({ token }) => {
          if (token === 'renewed') refreshed += 1;
          return token === 'renewed'
            ? { ...identity, expiresAtMs: Date.now() + 600_000 }
            : identity;
        },
      },
      {
        getToken: (occasion) => {
          occasions.push(occasion);
          return occasion === 'expired' ? 'renewed' : 'first';
        },
      },
    );
    await until(() => refreshed === 1);
    expect(occasions).toEqual(['connect', 'expired']);
    expect(client.state).toBe('connected');
  });

  test('a log-in that is closed everywhere ends in a refusal, not in a loop', async () => {
    let isSuspended = false;
    const identity = buildIdentity();
    let handshakes = 0;
    const { node, client } = await world(
      {},
      {
        getToken: () => {
          handshakes += 1;
          return isSuspended ? 'suspended' : tokenOf(identity);
        },
      },
    );
    isSuspended = true;
    node.realtime.disconnectPerson(identity.userId, 'suspended');
    await until(() => client.state === 'refused');
    expect(handshakes).toBe(2);
  });

  test('a closed client stays closed and answers whoever still waits', async () => {
    const identity = buildIdentity();
    const client = connectRealtime({
      url: `http://127.0.0.1:${await freePort()}`,
      getToken: () => tokenOf(identity),
      pace: PACE,
    });
    const waiting = client.subscribe(device());
    await until(() => client.state === 'waiting');
    client.close();
    expect(await waiting).toEqual({ ok: false, code: 'closed' });
    client.reconnect();
    expect(client.state).toBe('closed');
  });

  async function start(options: Partial<TestNodeOptions> & { port?: number }): Promise<TestNode> {
    const node = await startNode({ redisUrl, ...options });
    whenDone(node.close);
    return node;
  }

  async function world(
    nodeOptions: Partial<TestNodeOptions> = {},
    clientOptions: RealtimeClientOptions = {},
    state = 'connected',
  ) {
    const port = await freePort();
    const node = await start({ ...nodeOptions, port });
    const identity = buildIdentity();
    const client = connectRealtime({
      url: node.url,
      getToken: () => tokenOf(identity),
      pace: PACE,
      ...clientOptions,
    });
    whenDone(async () => client.close());
    await until(() => client.state === state, { what: `the state ${state}` });
    return { node, client, port, identity, mine: `user:${identity.userId}` };
  }
});

function frameOn(channel: string, members: Partial<EventFrame<object>>) {
  const frame = { type: 'x', data: {}, id: 'x', pos: 'e.1', time: '2026-01-01T00:00:00Z' };
  return { channel, frame: { ...frame, channel, ...members } };
}
