import { notFound } from '@cloudphone/errors';
import { expect, test } from 'vitest';
import { answerAboutInbox } from './answer-about-inbox.ts';

const [me, other, first, second] = Array.from({ length: 4 }, () => crypto.randomUUID()) as [
  string,
  string,
  string,
  string,
];
const identity = {
  ...{ userId: me, sessionId: 's1', tenantId: 't1', permissions: [] },
  expiresAtMs: Number.MAX_SAFE_INTEGER,
};

/** A notification service that notes what it is asked; two unread messages are mine. */
function world() {
  const asked: unknown[] = [];
  const unread = new Set([first, second]);
  const answers = answerAboutInbox({
    services: {
      notification: {
        markNotificationsPushed: async (call: unknown) => {
          asked.push(call);
          return { pushed: 1 };
        },
        readNotification: async ({ params }: { params: { notificationId: string } }) => {
          if (!unread.delete(params.notificationId)) throw notFound('notification', 'it');
          return {};
        },
        getUnreadCount: async () => ({ unread: unread.size }),
      },
    } as never,
  });
  const say = (name: string, message: Readonly<Record<string, unknown>>) =>
    answers[name]?.(identity, message);
  return { say, asked };
}

test('what arrived is told to the service, as the sender’s own', async () => {
  const { say, asked } = world();
  expect(await say('ack', { channel: `user:${me}`, ids: [first, second] })).toBeUndefined();
  expect(asked).toEqual([{ params: { userId: me }, body: { ids: [first, second] } }]);
});

test.each([
  ['another person’s channel', { channel: `user:${other}`, ids: [first] }, 'forbidden'],
  ['a channel that is no inbox', { channel: 'broadcast', ids: [first] }, 'forbidden'],
  ['no channel', { ids: [first] }, 'invalid_input'],
  ['no ids', { channel: `user:${me}`, ids: [] }, 'invalid_input'],
  ['an offset', { channel: `user:${me}`, offset: 7 }, 'invalid_input'],
  ['too many', { channel: `user:${me}`, ids: Array(501).fill(first) }, 'invalid_input'],
  ['what is no id', { channel: `user:${me}`, ids: [{ $gt: '' }] }, 'invalid_input'],
])(
  'an acknowledgement with %s is refused, and the service not asked',
  async (_case, message, code) => {
    const { say, asked } = world();
    await expect(say('ack', message)).rejects.toMatchObject({ code });
    expect(asked).toEqual([]);
  },
);

test('who reads a message hears how many are left', async () => {
  const { say } = world();
  expect(await say('notification:read', { notificationId: first })).toEqual({ unread: 1 });
  expect(await say('notification:read', { notificationId: second })).toEqual({ unread: 0 });
  await expect(say('notification:read', { notificationId: other })).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(say('notification:read', {})).rejects.toMatchObject({ code: 'invalid_input' });
});
