import { formatPosition } from '@cloudphone/contracts';
import type { ViewAnswer } from '@cloudphone/view-cache';

const seconds = (ms: number): number => Math.max(0, Math.floor(ms / 1000));

/** RFC 9211: how the cache treated the request; `detail` names the tier that answered. */
function cacheStatusOf({ status, tier, ttlMs }: ViewAnswer): string {
  if (status === 'hit') return `cloudphone; hit; ttl=${seconds(ttlMs)}; detail=${tier}`;
  if (status === 'stale') return `cloudphone; hit; ttl=-1; detail=stale`;
  return `cloudphone; fwd=${status}; detail=${tier}`;
}

/**
 * What a view's answer says of itself in headers. Private and always revalidated: only the BFF can
 * know that nothing has changed.
 */
export function viewHeaders(answer: ViewAnswer): Record<string, string> {
  return {
    'content-type': 'application/json; charset=utf-8',
    etag: answer.etag,
    age: String(seconds(answer.ageMs)),
    'cache-control': 'private, no-cache',
    'cache-status': cacheStatusOf(answer),
    ...(answer.position && { 'consistency-token': formatPosition(answer.position) }),
    vary: 'authorization, cookie',
  };
}
