import type { IncomingMessage } from 'node:http';
import { type ConsistencyToken, HEADERS, parseConsistencyToken } from '@cloudphone/contracts';
import { invalidInput } from '@cloudphone/errors';
import { headerOf } from './open-request.ts';

/** The request's `Consistency-Token`. Throws invalid_input for what was never given out as one. */
export function presentedToken(req: IncomingMessage): ConsistencyToken | undefined {
  const text = headerOf(req, HEADERS.consistencyToken);
  if (text === undefined) return undefined;
  const token = parseConsistencyToken(text);
  if (token !== undefined) return token;
  throw invalidInput([
    { path: `headers.${HEADERS.consistencyToken}`, message: 'a token from an earlier answer' },
  ]);
}
