import type { ServerResponse } from 'node:http';
import { appError } from '@cloudphone/errors';
import type { LimitDecision } from './rate-limiter.ts';

/**
 * The `RateLimit` and `RateLimit-Policy` fields (draft-ietf-httpapi-ratelimit-headers); throws
 * rate_limited when the request is one too many.
 */
export function writeLimits(res: ServerResponse, decision: LimitDecision): void {
  const { by, limit, windowSeconds, remaining, resetSeconds } = decision;
  append(res, 'ratelimit-policy', `"${by}";q=${limit};w=${windowSeconds}`);
  append(res, 'ratelimit', `"${by}";r=${remaining};t=${resetSeconds}`);
  if (!decision.isAllowed) throw appError('rate_limited', { retryAfterMs: resetSeconds * 1_000 });
}

function append(res: ServerResponse, name: string, item: string): void {
  const before = res.getHeader(name);
  res.setHeader(name, before === undefined ? item : `${before}, ${item}`);
}
