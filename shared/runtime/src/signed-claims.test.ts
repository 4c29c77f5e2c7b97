import { expect, test } from 'vitest';
import { readSignedClaims, signClaims } from './signed-claims.ts';

const secret = 'a secret that only our processes share';
const signed = () => signClaims({ userId: 'u1' }, { secret, ttlMs: 1_000, nowMs: 0 });

test('signed claims read back until they expire', () => {
  expect(readSignedClaims(signed(), { secret, nowMs: 999 })).toEqual({ userId: 'u1' });
  expect(readSignedClaims(signed(), { secret, nowMs: 1_000 })).toBeUndefined();
});

test('claims changed, signed with another secret or malformed are refused', () => {
  const [payload = '', signature] = signed().split('.');
  const forged = Buffer.from(JSON.stringify([9_999, { userId: 'u2' }])).toString('base64url');
  for (const text of ['', '.', payload, `${forged}.${signature}`, `${payload}.${'A'.repeat(43)}`]) {
    expect(readSignedClaims(text, { secret, nowMs: 0 })).toBeUndefined();
  }
  expect(readSignedClaims(signed(), { secret: `${secret}!`, nowMs: 0 })).toBeUndefined();
});
