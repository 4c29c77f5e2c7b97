import { appError } from '@cloudphone/errors';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { io } from 'socket.io-client';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildIdentity, startNode, tokenOf } from './fixtures/start-node.ts';
import type { RealtimeOptions } from './realtime.ts';

describe('a message of the product', () => {
  let redisUrl: string;
  beforeAll(async () => {
    redisUrl = (await testRedis({ persistent: false })).url;
  });

  async function world(answers: NonNullable<RealtimeOptions['answers']>) {
    const node = await startNode({ redisUrl, answers });
    whenDone(node.close);
    const me = buildIdentity();
    const auth = { token: tokenOf(me) };
    const socket = io(node.url, { transports: ['websocket'], auth, forceNew: true });
    whenDone(async () => void socket.disconnect());
    await until(() => socket.connected, { what: 'the connection' });
    return { socket, me };
  }

  test('is answered for whoever logged in, whatever it says of itself', async () => {
    const { socket, me } = await world({
      ack: async ({ userId }, { ids }) => ({ userId, ids }),
    });
    const answer = await socket.emitWithAck('ack', { userId: 'somebody else', ids: ['a'] });
    expect(answer).toEqual({ ok: true, userId: me.userId, ids: ['a'] });
  });

  test('that is refused is told why by code alone, and the next one is answered', async () => {
    let asked = 0;
    const { socket } = await world({
      ack: async () => {
        asked += 1;
        if (asked === 1) throw appError('forbidden', { privateDetail: 'a secret' });
        if (asked === 2) throw new Error('a mistake of ours');
        return undefined;
      },
    });
    expect(await socket.emitWithAck('ack', {})).toEqual({ ok: false, code: 'forbidden' });
    expect(await socket.emitWithAck('ack', {})).toEqual({ ok: false, code: 'internal' });
    expect(await socket.emitWithAck('ack', {})).toEqual({ ok: true });
  });

  test('cannot take the place of one of ours', async () => {
    const { socket } = await world({ subscribe: async () => ({ taken: true }) });
    const answer = await socket.emitWithAck('subscribe', { channel: 'no channel' });
    expect(answer).toEqual({ ok: false, code: 'invalid_channel' });
  });
});
