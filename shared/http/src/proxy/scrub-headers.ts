import type { IncomingHttpHeaders } from 'node:http';

/**
 * What a client may say to a service. All else stays here: hop-by-hop fields, cookies, credentials,
 * forwarding claims, and every `x-internal-*`.
 */
const TO_SERVICE = [
  'accept',
  'accept-language',
  'content-language',
  'content-length',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'range',
] as const;

/** What a service may say to a client. Its tags, event ids and addresses are its own. */
const TO_CLIENT = [
  'accept-ranges',
  'age',
  'content-disposition',
  'content-language',
  'content-length',
  'content-range',
  'content-type',
  'etag',
  'idempotency-replayed',
  'last-modified',
  // When to ask again: refusals carry theirs in their problem.
  'retry-after',
] as const;

export function headersToService(
  headers: IncomingHttpHeaders,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...pick(headers, TO_SERVICE), ...added };
}

export function headersToClient(headers: IncomingHttpHeaders): Record<string, string> {
  return pick(headers, TO_CLIENT);
}

function pick(headers: IncomingHttpHeaders, names: readonly string[]): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string') kept[name] = value;
  }
  return kept;
}
