import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Identity } from '@cloudphone/contracts';
import { isAppError } from '@cloudphone/errors';
import type { Authenticate } from '../identity/authenticate.ts';
import type { RateLimiter } from '../limits/rate-limiter.ts';
import { writeLimits } from '../limits/write-limits.ts';
import { type Access, checkAccess } from '../routes/access.ts';

export interface Doorkeeper {
  readonly authenticate: Authenticate;
  readonly limiter: RateLimiter | undefined;
}

/**
 * Lets a request pass or throws rate_limited, not_authenticated or forbidden, before a byte of its
 * body is read. The address is counted first, so that guessing credentials is limited too.
 */
export async function admit(
  req: IncomingMessage,
  res: ServerResponse,
  options: {
    readonly access: Access;
    readonly remoteAddress: string;
    readonly doorkeeper: Doorkeeper;
  },
): Promise<Identity | undefined> {
  const { access, remoteAddress, doorkeeper } = options;
  const { limiter } = doorkeeper;
  if (limiter !== undefined) writeLimits(res, limiter.take('address', remoteAddress));
  const identity = await identityOf(req, doorkeeper, access);
  if (limiter !== undefined && identity !== undefined) {
    writeLimits(res, limiter.take('person', identity.userId));
  }
  checkAccess(access, identity);
  return identity;
}

/** A public route is there for people whose log-in has ended, too. */
async function identityOf(
  req: IncomingMessage,
  { authenticate }: Doorkeeper,
  access: Access,
): Promise<Identity | undefined> {
  if (access.kind !== 'public') return authenticate(req);
  if (access.ignoresCredentials) return undefined;
  try {
    return await authenticate(req);
  } catch (err) {
    if (isAppError(err, 'not_authenticated', 'token_expired')) return undefined;
    throw err;
  }
}
