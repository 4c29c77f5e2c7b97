import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { createBearerReader } from './bearer-token.ts';

const requestOn = (socket: object, authorization?: string) =>
  ({ headers: { authorization }, socket }) as unknown as IncomingMessage;

test('a connection’s tokens are told apart, whatever it presented before', () => {
  const read = createBearerReader();
  const [one, other] = [{}, {}];
  expect(read(requestOn(one, 'Bearer a'))).toBe('a');
  expect(read(requestOn(other, 'Bearer b'))).toBe('b');
  expect(read(requestOn(one, 'Bearer a'))).toBe('a');
  expect(read(requestOn(one, 'Bearer c'))).toBe('c');
  expect(read(requestOn(one))).toBeUndefined();
  expect(read(requestOn(one, 'Basic c'))).toBeUndefined();
});
