import type { Outcome } from './channel.ts';

/** How long to leave a provider alone that cannot be reached or refuses us as a sender. */
export const AWAY_MS = 5_000;

/** Failures that can only come before a byte of the request has left. */
const BEFORE_ANY_REQUEST = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['UND_ERR_CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
]);

/** Reads why there is no answer: away when nothing can have been sent, else unknown. */
export function readHttpFailure(err: unknown, channel: string): Outcome {
  const cause = err instanceof Error ? err.cause : undefined;
  const code = codeOf(cause) ?? codeOf(err) ?? '';
  const detail = err instanceof Error ? `${err.message} ${code}`.trim() : String(err);
  if (BEFORE_ANY_REQUEST.has(code)) {
    return {
      kind: 'unavailable',
      code: `${channel}_away`,
      detail,
      retryInMs: AWAY_MS,
      because: 'provider-away',
    };
  }
  return { kind: 'unknown', code: `${channel}_no_answer`, detail };
}

/** `Retry-After` in either of its forms (RFC 9110 §10.2.3), in milliseconds; undefined for neither. */
export function readRetryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  const waitMs = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), MAX_WAIT_MS);
}

/** Nobody is believed who asks for more. */
const MAX_WAIT_MS = 3_600_000;

function codeOf(err: unknown): string | undefined {
  const code = (err as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
