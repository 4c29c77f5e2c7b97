import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The secret of a reset: made of its id by a key that no database holds, so that it can be told
 * again and is stored nowhere. What reads the database, the log or their copies cannot make it.
 */
export function tokenOfReset(resetId: string, secret: string): string {
  return `${resetId}.${macOf(resetId, secret).toString('base64url')}`;
}

/** The id in a token that was made here; undefined for anything else. */
export function resetOfToken(token: string, secret: string): string | undefined {
  const [resetId = '', mac = ''] = token.split('.');
  const given = Buffer.from(mac, 'base64url');
  const expected = macOf(resetId, secret);
  const isOurs = given.length === expected.length && timingSafeEqual(given, expected);
  return isOurs && UUID.test(resetId) ? resetId : undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function macOf(resetId: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`password-reset:${resetId}`).digest();
}
