import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Claims that one of our processes vouches for to another: `<base64url JSON>.<HMAC-SHA-256>`, the
 * JSON being `[expiresAtMs, claims]`. Used for the identity that BFFs send along to services.
 */
export function signClaims(
  claims: Readonly<Record<string, unknown>>,
  options: { readonly secret: string; readonly ttlMs: number; readonly nowMs: number },
): string {
  const payload = Buffer.from(JSON.stringify([options.nowMs + options.ttlMs, claims])).toString(
    'base64url',
  );
  return `${payload}.${signatureOf(payload, options.secret)}`;
}

/** The claims, or undefined when the text is forged, malformed or expired. */
export function readSignedClaims(
  text: string,
  options: { readonly secret: string; readonly nowMs: number },
): Readonly<Record<string, unknown>> | undefined {
  const [payload = '', signature = ''] = text.split('.');
  const expected = Buffer.from(signatureOf(payload, options.secret));
  const given = Buffer.from(signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
  const [expiresAtMs, claims] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
    number,
    Record<string, unknown>,
  ];
  return expiresAtMs > options.nowMs ? claims : undefined;
}

function signatureOf(payload: string, secret: string): string {
  return createHmac('sha256', secret).update(payload).digest('base64url');
}
