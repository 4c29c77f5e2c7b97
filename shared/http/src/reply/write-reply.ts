import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { formatCacheTags, HEADERS } from '@cloudphone/contracts';
import { isKnownToCaller, versionEtag } from '../request/preconditions.ts';
import type { Reply, Route } from '../routes/route.ts';

/** The bytes and headers of a reply, ready to be sent, kept, or sent again. */
export interface RenderedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly bytes: Buffer;
}

/** Renders JSON by the route's answer schema. Throws when the answer does not fit its own contract. */
export async function renderReply(route: Route, reply: Reply): Promise<RenderedReply> {
  const headers: Record<string, string | readonly string[]> = {
    'cache-control': reply.etagVersion === undefined ? 'no-store' : 'private, no-cache',
    ...headersOf(reply),
    ...reply.headers,
  };
  const status = reply.status ?? route.status;
  const bytes = reply.bytes ?? (await jsonOf(route, reply.body));
  if (bytes.length > 0) headers['content-type'] ??= 'application/json; charset=utf-8';
  return { status: bytes.length === 0 && status === 200 ? 204 : status, headers, bytes };
}

/** Does nothing when the request has been answered meanwhile (its deadline had passed). */
export function writeRendered(res: ServerResponse, reply: RenderedReply): void {
  if (res.headersSent) return;
  for (const [name, value] of Object.entries(reply.headers)) res.setHeader(name, value);
  const { method = 'GET', headers } = res.req;
  const isRead = method === 'GET' || method === 'HEAD';
  const etag = res.getHeader('etag');
  if (isRead && reply.status === 200 && isKnownToCaller(headers, etag?.toString())) {
    res.removeHeader('content-type');
    res.statusCode = 304;
    res.end();
    return;
  }
  res.statusCode = reply.status;
  if (reply.status !== 204) res.setHeader('content-length', reply.bytes.length);
  res.end(method === 'HEAD' ? undefined : reply.bytes);
}

/** Sends a stream with the backpressure of its reader; one that fails cuts the answer off. */
export async function writeStream(
  res: ServerResponse,
  reply: Reply,
  stream: Readable,
  options: { readonly status: number; readonly signal: AbortSignal },
): Promise<void> {
  res.setHeader('cache-control', 'no-store');
  for (const [name, value] of Object.entries({ ...headersOf(reply), ...reply.headers })) {
    res.setHeader(name, value);
  }
  res.statusCode = options.status;
  await pipeline(stream, res, { signal: options.signal });
}

function headersOf(reply: Reply): Record<string, string> {
  return {
    ...(reply.tags === undefined ? {} : { [HEADERS.cacheTags]: formatCacheTags(reply.tags) }),
    ...(reply.changesAtMs === undefined
      ? {}
      : { [HEADERS.cacheUntil]: new Date(reply.changesAtMs).toISOString() }),
    ...(reply.eventIds === undefined || reply.eventIds.length === 0
      ? {}
      : { [HEADERS.eventIds]: reply.eventIds.join(',') }),
    ...(reply.etagVersion === undefined ? {} : { etag: versionEtag(reply.etagVersion) }),
  };
}

async function jsonOf(route: Route, body: unknown): Promise<Buffer> {
  if (body === undefined && route.answer === undefined) return Buffer.alloc(0);
  const answer = route.answer === undefined ? body : await route.answer.parseAsync(body);
  return Buffer.from(JSON.stringify(answer));
}
