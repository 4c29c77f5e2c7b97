import { formatPosition } from '@cloudphone/contracts';
import type { ViewAnswer } from '@cloudphone/view-cache';

const seconds = (ms: number): number => Math.max(0, Math.floor(ms / 1000));

/** RFC 9211: how the cache treated the request; `detail` names the tier that answered. */
function cacheStatusOf({ status, tier, ttlMs }: ViewAnswer): string {
  if (status === 'hit') return `cloudphone; hit; ttl=${seconds(ttlMs)}; detail=${tier}`;
  if (status === 'stale') return `cloudphone; hit; ttl=-1; detail=stale`;
  return `cloudphone; fwd=${status}; detail=${tier}`;
}

/** What describes the body, and is left out where none is sent. */
export const BODY_TYPE = 'application/json; charset=utf-8';

/**
 * What a view's answer says of itself in headers. Private and always revalidated: only the BFF can
 * know that nothing has changed.
 */
export function viewHeaders(answer: ViewAnswer): Record<string, string> {
  const list = viewHeaderList(answer);
  const headers: Record<string, string> = { 'content-type': BODY_TYPE };
  for (let at = 0; at < list.length; at += 2) headers[list[at] ?? ''] = list[at + 1] ?? '';
  return headers;
}

/** The same without the body's type, name and value in turn. */
export function viewHeaderList(answer: ViewAnswer): string[] {
  const list = ['etag', answer.etag, 'age', String(seconds(answer.ageMs))];
  list.push('cache-control', 'private, no-cache', 'cache-status', cacheStatusOf(answer));
  if (answer.position) list.push('consistency-token', formatPosition(answer.position));
  list.push('vary', 'authorization, cookie');
  return list;
}
