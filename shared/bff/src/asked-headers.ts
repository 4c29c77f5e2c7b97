import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { HEADERS } from '@cloudphone/contracts';

/** What a hit is decided by. */
export interface AskedHeaders {
  readonly socket: Socket;
  authorization: string | undefined;
  cookie: string | undefined;
  range: string | undefined;
  consistencyToken: string | undefined;
  ifNoneMatch: string | undefined;
  forwardedFor: string | undefined;
}

type Name = Exclude<keyof AskedHeaders, 'socket'>;

const NAMES = new Map<string, Name>([
  ['authorization', 'authorization'],
  ['cookie', 'cookie'],
  ['range', 'range'],
  [HEADERS.consistencyToken, 'consistencyToken'],
  ['if-none-match', 'ifNoneMatch'],
  ['x-forwarded-for', 'forwardedFor'],
]);
const LENGTHS = new Set([...NAMES.keys()].map((name) => name.length));
const IS_OF_LENGTH = Array.from({ length: Math.max(...LENGTHS) + 1 }, (_, at) => LENGTHS.has(at));

/**
 * Read from the bytes as they came: `req.headers` puts all of them together, anew for each request,
 * in an object whose shape is another one for every kind of client. Undefined when one of these is
 * there twice: what that means is Express's matter.
 */
export function readAskedHeaders({
  rawHeaders,
  socket,
}: IncomingMessage): AskedHeaders | undefined {
  const asked: AskedHeaders = {
    socket,
    authorization: undefined,
    cookie: undefined,
    range: undefined,
    consistencyToken: undefined,
    ifNoneMatch: undefined,
    forwardedFor: undefined,
  };
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const sent = rawHeaders[at] ?? '';
    if (IS_OF_LENGTH[sent.length] !== true) continue;
    const name = NAMES.get(sent) ?? NAMES.get(sent.toLowerCase());
    if (name === undefined) continue;
    if (asked[name] !== undefined) return undefined;
    asked[name] = rawHeaders[at + 1];
  }
  return asked;
}
