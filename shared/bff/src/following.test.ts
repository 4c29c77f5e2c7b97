import { channels, type EventEnvelope } from '@cloudphone/contracts';
import type { LogRow } from '@cloudphone/event-log';
import { describe, expect, test } from 'vitest';
import { accessFollowsLog } from './access-follows-log.ts';
import { cacheFollowsLog } from './cache-follows-log.ts';
import { socketsFollowLog } from './sockets-follow-log.ts';

const TIME = '2026-01-02T03:04:05.678Z';
const rowOf = (type: string, data: Record<string, unknown>, isReplay = false): LogRow => ({
  position: { epoch: 'e', seq: 9 },
  envelope: { id: 'event-1', type, time: TIME, data } as EventEnvelope,
  tags: [],
  deliveries: [
    { channel: channels.user('u1'), data: { id: 'n1', title: 'Hello' } },
    { channel: channels.admin(), data: { id: 'n1' } },
  ],
  class: 'fact',
  isReplay,
});

/** Writes down what it is asked to do. */
const recorder = () => {
  const calls: unknown[][] = [];
  const record =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args]);
  return { calls, record };
};

test('the cache that follows the log drops a row’s tags, learns its entity’s version and how late that was', () => {
  const { calls, record } = recorder();
  const follower = cacheFollowsLog({ applyChange: record('change'), reset: record('reset') });
  const row = rowOf('device.started', {});
  const envelope = { ...row.envelope, entityversion: 4 };
  follower.onRow?.({ ...row, envelope, tags: ['device:7', 'devices'] });
  const reset = { reason: 'epoch', position: { epoch: 'f', seq: 1 } } as const;
  follower.onReset?.(reset);
  expect(calls).toEqual([
    [
      'change',
      {
        position: row.position,
        tags: ['device:7', 'devices'],
        class: 'fact',
        versions: [{ tag: 'device:7', version: 4 }],
        atMs: Date.parse(TIME),
      },
    ],
    ['reset', reset],
  ]);
});

describe('sockets that follow the log', () => {
  test('hear each channel its own projection, with where it is in the log', () => {
    const { calls, record } = recorder();
    socketsFollowLog({ deliver: record('deliver') }).onRow?.(rowOf('notification.created', {}));
    expect(calls).toHaveLength(2);
    expect(calls[0]?.[1]).toEqual({
      channel: 'user:u1',
      name: 'notification',
      frame: {
        type: 'notification.created',
        data: { id: 'n1', title: 'Hello' },
        id: 'event-1',
        channel: 'user:u1',
        pos: 'e.9',
        time: TIME,
      },
    });
  });

  test('are not told twice of what is replayed', () => {
    const { calls, record } = recorder();
    socketsFollowLog({ deliver: record('deliver') }).onRow?.(rowOf('user.updated', {}, true));
    expect(calls).toEqual([]);
  });
});

describe('log-ins that follow the log', () => {
  const follow = (row: LogRow) => {
    const { calls, record } = recorder();
    accessFollowsLog({
      tokens: { revokeSession: record('token of session'), revokePerson: record('tokens of') },
      sessions: { revokeSession: record('session'), revokePerson: record('sessions of') },
      realtime: {
        disconnectSession: record('sockets of session'),
        disconnectPerson: record('sockets of'),
        emptyChannel: record('members of'),
      },
    }).onRow?.(row);
    return calls;
  };

  test('end when their session is closed, replayed or not', () => {
    const closed = { userId: 'u1', sessionId: 's1', reason: 'logged_out', at: TIME };
    for (const isReplay of [false, true]) {
      expect(follow(rowOf('user.session_revoked', closed, isReplay))).toEqual([
        ['token of session', 's1', Date.parse(TIME)],
        ['session', 's1'],
        ['sockets of session', 's1', 'logged_out'],
      ]);
    }
  });

  test('lose tokens and sockets with a suspension, and nothing when let in again', () => {
    const names = (status: string) =>
      follow(rowOf('user.status_changed', { id: 'u1', status })).map(([name]) => name);
    expect(names('suspended')).toEqual(['tokens of', 'sessions of', 'sockets of']);
    expect(names('active')).toEqual([]);
  });

  test.each(['device.transferred', 'device.released', 'device.deleted'])(
    'of a former owner leave the device’s channel with %s',
    (type) => {
      expect(follow(rowOf(type, { id: 'd1' }))).toEqual([['members of', channels.device('d1')]]);
    },
  );

  test.each([
    ['user.roles_changed', 'roles_changed'],
    ['user.deleted', 'deleted'],
  ])('lose tokens and sockets with %s: what they say is no longer so', (type, reason) => {
    expect(follow(rowOf(type, { id: 'u1' }))).toEqual([
      ['tokens of', 'u1', Date.parse(TIME)],
      ['sessions of', 'u1'],
      ['sockets of', 'u1', reason],
    ]);
  });

  test('take no notice of anything else', () => {
    expect(follow(rowOf('device.started', { id: 'd1' }))).toEqual([]);
  });
});
