import type { IncomingMessage } from 'node:http';
import { HEADERS, type Identity, identitySchema } from '@cloudphone/contracts';
import { appError } from '@cloudphone/errors';
import { type Clock, readSignedClaims, signClaims } from '@cloudphone/runtime';
import { headerOf } from '../request/open-request.ts';
import type { Authenticate } from './authenticate.ts';

/** Outlives every deadline; short enough that a copied header is soon worth nothing. */
const TTL_MS = 60_000;

/** On whose behalf a BFF calls a service, vouched for by the secret that both hold. */
export function signIdentity(
  identity: Identity,
  options: { readonly secret: string; readonly clock: Clock },
): string {
  return signClaims(
    { ...identity },
    { secret: options.secret, ttlMs: TTL_MS, nowMs: options.clock.now() },
  );
}

/** How a service knows its callers: by the signed header and nothing else. */
export function authenticateInternal(options: {
  readonly secret: string;
  readonly clock: Clock;
}): Authenticate {
  return async (req) => {
    const text = headerOf(req, HEADERS.internalIdentity);
    if (text === undefined) return undefined;
    const claims = readSignedClaims(text, { secret: options.secret, nowMs: options.clock.now() });
    const identity = identitySchema.safeParse(claims);
    if (!identity.success) {
      throw appError('not_authenticated', { privateDetail: 'the internal identity is not valid' });
    }
    return identity.data;
  };
}

/**
 * What calls to services carry, made while a request is answered: a BFF signs for the person it
 * knows, a service passes on what it was given.
 */
export function signerFor(options: {
  readonly authenticate?: Authenticate;
  readonly internalSecret?: string;
  readonly clock: Clock;
}): (req: IncomingMessage, identity: Identity | undefined) => string | undefined {
  const { internalSecret: secret, authenticate, clock } = options;
  if (authenticate === undefined) return (req) => headerOf(req, HEADERS.internalIdentity);
  return (_req, identity) =>
    identity === undefined || secret === undefined
      ? undefined
      : signIdentity(identity, { secret, clock });
}
