import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { readAskedHeaders } from './asked-headers.ts';

const read = (...rawHeaders: string[]) =>
  readAskedHeaders({ rawHeaders, socket: {} } as unknown as IncomingMessage);

test('what a hit is decided by is found however its name is written', () => {
  const asked = read('Host', 'x', 'AUTHORIZATION', 'Bearer a', 'Cookie', 'b=c', 'range', 'd');
  expect(asked).toMatchObject({ authorization: 'Bearer a', cookie: 'b=c', range: 'd' });
  const more = read('If-None-Match', '"e"', 'Consistency-Token', 'f.1', 'X-Forwarded-For', 'g');
  expect(more).toMatchObject({ ifNoneMatch: '"e"', consistencyToken: 'f.1', forwardedFor: 'g' });
});

test('other names are passed over, those that objects inherit too', () => {
  const asked = read('isPrototypeOf', 'x', 'accept-charset', 'y', 'hasOwnProperty', 'z');
  expect({ ...asked, socket: undefined }).toEqual({
    socket: undefined,
    authorization: undefined,
    cookie: undefined,
    range: undefined,
    consistencyToken: undefined,
    ifNoneMatch: undefined,
    forwardedFor: undefined,
  });
});

test.each(['authorization', 'cookie', 'range', 'if-none-match', 'x-forwarded-for'])(
  '%s given twice is for Express',
  (name) => {
    expect(read(name, 'a', name.toUpperCase(), 'a')).toBeUndefined();
  },
);
