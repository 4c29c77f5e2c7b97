import type { Socket } from 'node:net';
import type { Identity } from '@cloudphone/contracts';
import { expect, test } from 'vitest';
import { createLogInRecall } from './recall-log-in.ts';

const requestOn = (socket: object, authorization?: string) => ({
  authorization,
  socket: socket as Socket,
});

/** Knows the tokens `a` and `b`, each good until 100. */
const recallOf = (ended = new Set<string>()) =>
  createLogInRecall({
    recall: (token) =>
      ['a', 'b'].includes(token)
        ? {
            identity: { userId: token } as Identity,
            isGood: (nowMs) => nowMs < 100 && !ended.has(token),
          }
        : undefined,
  });

test('a connection’s tokens are told apart, whatever it presented before', () => {
  const recall = recallOf();
  const [one, other] = [{}, {}];
  const who = (socket: object, authorization?: string) =>
    recall(requestOn(socket, authorization), 1)?.userId;
  expect(who(one, 'Bearer a')).toBe('a');
  expect(who(other, 'Bearer b')).toBe('b');
  expect(who(one, 'Bearer a')).toBe('a');
  expect(who(one, 'Bearer b')).toBe('b');
  expect(who(one, 'Bearer unknown')).toBeUndefined();
  expect(who(one)).toBeUndefined();
  expect(who(one, 'Basic a')).toBeUndefined();
});

test('a log-in that has ended is nobody’s, on the connection that presented it too', () => {
  const ended = new Set<string>();
  const recall = recallOf(ended);
  const request = requestOn({}, 'Bearer a');
  expect(recall(request, 99)?.userId).toBe('a');
  expect(recall(request, 100)).toBeUndefined();
  ended.add('a');
  expect(recall(request, 99)).toBeUndefined();
});
