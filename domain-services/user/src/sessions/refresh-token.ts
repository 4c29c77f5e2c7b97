import { createHash, randomBytes } from 'node:crypto';

export const REFRESH_TOKEN_TTL_MS = 30 * 24 * 3_600_000;

/** 256 random bits that mean nothing; only `hash` is stored. */
export function newRefreshToken(): { token: string; hash: Buffer } {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: hashOfToken(token) };
}

/** A plain hash is enough: 256 random bits cannot be guessed from it, unlike a password. */
export function hashOfToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
