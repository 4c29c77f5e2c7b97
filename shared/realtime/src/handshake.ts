import type { HandshakeRefusal } from '@cloudphone/contracts';
import { appError, toAppError } from '@cloudphone/errors';
import type { Logger } from '@cloudphone/runtime';
import type {
  AuthenticateSocket,
  HandshakeCredentials,
  SocketIdentity,
} from './socket-identity.ts';
import type { ServerSocket } from './socket-server.ts';

type Handshake = ServerSocket['handshake'];

/**
 * The credentials of a handshake. A token (`auth.token`, or a bearer Authorization header) wins.
 * Cookies count only when the page that opened the socket is ours: CORS does not cover WebSockets,
 * so any site could otherwise open one with its visitor's cookies. Throws `csrf_failed` then.
 */
export function credentialsOf(
  handshake: Handshake,
  publicOrigin: string | undefined,
): HandshakeCredentials {
  const { headers } = handshake;
  const origin = headers.origin === undefined ? {} : { origin: headers.origin };
  const token = tokenOf(handshake);
  if (token !== undefined) return { token, ...origin };
  if (headers.cookie === undefined) throw appError('not_authenticated');
  if (!isOwnPage(headers, publicOrigin)) throw appError('csrf_failed');
  return { cookie: headers.cookie, ...origin };
}

function tokenOf({ auth, headers }: Handshake): string | undefined {
  const given: unknown = auth.token;
  if (typeof given === 'string' && given !== '') return given;
  return /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

/** Without a configured origin, a page is ours when it came from the host that it now calls. */
function isOwnPage(headers: Handshake['headers'], publicOrigin: string | undefined): boolean {
  // Browsers send no Origin with a same-origin GET, which is what polling begins with.
  if (headers.origin === undefined) return headers['sec-fetch-site'] === 'same-origin';
  if (publicOrigin !== undefined) return headers.origin === publicOrigin;
  return URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host;
}

/** The error that Socket.IO turns into the client's `connect_error`, its code under `data`. */
export function refusalOf(thrown: unknown, logger: Logger): Error & { data: HandshakeRefusal } {
  const refused = toAppError(thrown);
  if (refused.code === 'internal') logger.error({ err: refused }, 'a handshake failed');
  const data: HandshakeRefusal = {
    code: refused.code,
    // Our own mistake is no verdict about the client.
    isRetryable: refused.isRetryable || refused.status >= 500,
    ...(refused.retryAfterMs === undefined ? {} : { retryAfterMs: refused.retryAfterMs }),
  };
  return Object.assign(new Error(refused.entry.title), { data });
}

/** Throws what `authenticate` throws, and `token_expired` for a log-in that is over already. */
export async function logIn(
  credentials: HandshakeCredentials,
  options: { readonly authenticate: AuthenticateSocket; readonly nowMs: () => number },
): Promise<SocketIdentity> {
  const identity = await options.authenticate(credentials);
  if (identity.expiresAtMs <= options.nowMs()) throw appError('token_expired');
  return identity;
}
