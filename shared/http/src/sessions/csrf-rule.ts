import type { IncomingMessage } from 'node:http';
import { HEADERS } from '@cloudphone/contracts';
import { appError } from '@cloudphone/errors';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Throws csrf_failed for an unsafe request that a browser may have been made to send from another
 * site: it needs the static header (which other sites cannot set without asking) and our `Origin`.
 * To be asked only when a cookie is what authenticates.
 */
export function checkCsrf(req: IncomingMessage, publicOrigin: string): void {
  if (SAFE.has(req.method ?? '')) return;
  if (req.headers[HEADERS.csrfProtection] !== '1') {
    throw appError('csrf_failed', { detail: 'Send the header X-CSRF-Protection: 1.' });
  }
  if (!isSameOrigin(req.headers.origin, publicOrigin)) {
    throw appError('csrf_failed', { privateDetail: `Origin is ${req.headers.origin}` });
  }
}

/** The names of one's own machine are the same origin here, if scheme and port are. */
function isSameOrigin(origin: string | undefined, publicOrigin: string): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false;
  const [one, other] = [new URL(origin), new URL(publicOrigin)];
  if (one.origin === other.origin) return true;
  const isLoopback = LOOPBACK.has(one.hostname) && LOOPBACK.has(other.hostname);
  return isLoopback && one.protocol === other.protocol && one.port === other.port;
}
