import { createHash, randomBytes } from 'node:crypto';
import type { Transaction } from '@cloudphone/postgres';
import { Secret, TOTP } from 'otpauth';
import type { UserTables } from '../schema.ts';

const ISSUER = 'CloudPhone';
const RECOVERY_CODES = 10;
const RECOVERY_BYTES = 10;
const DIGITS = /^\d{6}$/;

/** RFC 6238 as every authenticator app takes it: SHA-1, six digits, thirty seconds. */
export function totpOf(secret: string, label = ''): TOTP {
  return new TOTP({ issuer: ISSUER, label, secret: Secret.fromBase32(secret) });
}

/** 160 random bits (RFC 4226 §4), base32. */
export function newSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/**
 * The step of a code that is right now, the one before or the one after (clocks differ); undefined
 * for any other, and for one not later than the last that was taken: a code works once.
 */
export function stepOfCode(
  code: string,
  factor: { readonly secret: string; readonly last_step: number },
  nowMs: number,
): number | undefined {
  const token = code.replaceAll(' ', '');
  if (!DIGITS.test(token)) return undefined;
  const totp = totpOf(factor.secret);
  const delta = totp.validate({ token, timestamp: nowMs, window: 1 });
  if (delta === null) return undefined;
  const step = totp.counter({ timestamp: nowMs }) + delta;
  return step > factor.last_step ? step : undefined;
}

/** Codes to write down, and what is kept of them. */
export function newRecoveryCodes(): { readonly text: string; readonly hash: Buffer }[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const bytes = randomBytes(RECOVERY_BYTES);
    const text = new Secret({ buffer: new Uint8Array(bytes).buffer }).base32;
    const parts = text.toLowerCase().match(/.{4}/g) ?? [];
    return { text: parts.join('-'), hash: hashOfRecoveryCode(text) };
  });
}

function hashOfRecoveryCode(code: string): Buffer {
  const plain = code.replace(/[\s-]/g, '').toLowerCase();
  return createHash('sha256').update(plain).digest();
}

/**
 * Takes a code of the person's enabled second factor, or one of their recovery codes; it is used
 * with the transaction. The factor's row puts those who come with the same code in a row. `none`:
 * the person has no second factor.
 */
export async function takeCode(
  tx: Transaction<UserTables>,
  given: { readonly personId: string; readonly code: string | undefined; readonly nowMs: number },
): Promise<'none' | 'missing' | 'wrong' | 'right'> {
  const { personId, code, nowMs } = given;
  const factor = await tx
    .selectFrom('two_factor')
    .selectAll()
    .where('person_id', '=', personId)
    .where('enabled_at', 'is not', null)
    .forUpdate()
    .executeTakeFirst();
  if (factor === undefined) return 'none';
  if (code === undefined || code === '') return 'missing';
  const step = stepOfCode(code, factor, nowMs);
  if (step !== undefined) {
    await tx
      .updateTable('two_factor')
      .set({ last_step: step })
      .where('person_id', '=', personId)
      .execute();
    return 'right';
  }
  const recovered = await tx
    .updateTable('recovery_codes')
    .set({ used_at: new Date(nowMs) })
    .where('hash', '=', hashOfRecoveryCode(code))
    .where('person_id', '=', personId)
    .where('used_at', 'is', null)
    .executeTakeFirst();
  return recovered.numUpdatedRows === 1n ? 'right' : 'wrong';
}
