import { type Identity, identitySchema } from '@cloudphone/contracts';
import { appError, isAppError } from '@cloudphone/errors';
import { type Clock, systemClock } from '@cloudphone/runtime';
import { type JWK, type JWTPayload, errors as jwtErrors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { createRevocations, type Revocations } from './revocations.ts';
import { createSigningKeys } from './signing-keys.ts';

export interface TokenVerifier {
  /**
   * Who the token speaks for. Throws token_expired (also when revoked), not_authenticated for what
   * is no token of ours, and what `loadKeys` throws while no key is known.
   */
  verify(token: string): Promise<Identity>;
  /**
   * The same for a token verified before and good still; undefined otherwise. Asks nobody and
   * checks no signature; always the same object for the same token.
   */
  peek(token: string): Identity | undefined;
  /** The same, to be kept by whoever is shown one token again and again. */
  recall(token: string): KnownLogIn | undefined;
  /** Every token of that log-in ends, whenever it says it was issued: a closed one issues no more. */
  revokeSession(sessionId: string, atMs: number): void;
  /** Tokens of that person issued before the instant end; those issued at or after it are good. */
  revokePerson(userId: string, atMs: number): void;
}

/** A log-in whose token was verified. */
export interface KnownLogIn {
  readonly identity: Identity;
  /** Neither over at that instant (wall clock) nor revoked. */
  isGood(nowMs: number): boolean;
}

const MAX_TOKENS = 20_000;
const LONGEST_TOKEN_MS = 60 * 60_000;

/** Verifies access tokens (EdDSA JWTs of the user service). Memory: the 20,000 last used. */
export function createTokenVerifier(options: {
  /** The user service's published keys (JWKS). */
  readonly loadKeys: () => Promise<{ readonly keys: readonly JWK[] }>;
  readonly issuer: string;
  readonly audience: string;
  readonly clock?: Clock;
}): TokenVerifier {
  const { issuer, audience, clock = systemClock } = options;
  const keys = createSigningKeys({ loadKeys: options.loadKeys, clock });
  const known = new LRUCache<string, VerifiedToken>({ max: MAX_TOKENS });
  const revocations = createRevocations({ longestTokenMs: LONGEST_TOKEN_MS, clock });

  const verifySignature = async (token: string): Promise<VerifiedToken> => {
    const { payload } = await jwtVerify(token, (header) => keys.find(header.kid), {
      issuer,
      audience,
      algorithms: ['EdDSA'],
      requiredClaims: ['sub', 'sid', 'iat', 'exp'],
      currentDate: new Date(clock.now()),
    });
    return new VerifiedToken(revocations, {
      identity: identityOf(payload),
      // `iat` may have fractions, and a double of seconds is not exact in milliseconds.
      issuedAtMs: Math.round((payload.iat ?? 0) * 1_000),
      expiresAtMs: (payload.exp ?? 0) * 1_000,
    });
  };
  const recall = (token: string): VerifiedToken | undefined => known.get(token);

  return {
    verify: async (token) => {
      let found = known.get(token);
      if (found === undefined) {
        found = await verifySignature(token).catch((err: unknown) => {
          throw translate(err);
        });
        known.set(token, found);
      }
      if (found.isGood(clock.now())) return found.identity;
      throw appError('token_expired');
    },
    recall,
    peek: (token) => {
      const found = recall(token);
      return found?.isGood(clock.now()) ? found.identity : undefined;
    },
    revokeSession: (sessionId, atMs) => revocations.revoke(sessionId, atMs + LONGEST_TOKEN_MS),
    revokePerson: (userId, atMs) => revocations.revoke(userId, atMs),
  };
}

class VerifiedToken implements KnownLogIn {
  readonly identity: Identity;
  readonly #issuedAtMs: number;
  readonly #expiresAtMs: number;
  readonly #revocations: Revocations;
  /** How many revocations there were when this one was last found not to be among them. */
  #clearedAt = -1;

  constructor(
    revocations: Revocations,
    token: {
      readonly identity: Identity;
      readonly issuedAtMs: number;
      readonly expiresAtMs: number;
    },
  ) {
    this.identity = token.identity;
    this.#issuedAtMs = token.issuedAtMs;
    this.#expiresAtMs = token.expiresAtMs;
    this.#revocations = revocations;
  }

  isGood(nowMs: number): boolean {
    return nowMs < this.#expiresAtMs && !this.#isRevoked();
  }

  #isRevoked(): boolean {
    const revocations = this.#revocations;
    if (this.#clearedAt === revocations.count) return false;
    const { sessionId, userId } = this.identity;
    if (revocations.isRevoked(sessionId, this.#issuedAtMs)) return true;
    if (revocations.isRevoked(userId, this.#issuedAtMs)) return true;
    this.#clearedAt = revocations.count;
    return false;
  }
}

function identityOf(claims: JWTPayload): Identity {
  const { sub, sid, tenant, roles, permissions, pv } = claims;
  const identity = identitySchema.safeParse({
    userId: sub,
    tenantId: tenant,
    sessionId: sid,
    roles,
    permissions,
    permissionVersion: pv,
  });
  if (identity.success) return identity.data;
  throw appError('not_authenticated', { privateDetail: 'the token’s claims are not ours' });
}

function translate(err: unknown): unknown {
  if (isAppError(err)) return err;
  if (err instanceof jwtErrors.JWTExpired) return appError('token_expired', { cause: err });
  if (err instanceof jwtErrors.JOSEError) return appError('not_authenticated', { cause: err });
  return err;
}
