import type { Readable } from 'node:stream';
import { formatCacheTags, HEADERS, type Identity, SYSTEM_IDENTITY } from '@cloudphone/contracts';
import { isAppError } from '@cloudphone/errors';
import type { IdempotencyStore } from '@cloudphone/redis';
import { type Logger, runInRequestContext } from '@cloudphone/runtime';
import { parseCookie } from 'cookie';
import type { Request, Response } from 'express';
import { checkIdempotencyKey, onlyOnce } from '../idempotency/idempotency.ts';
import { renderReply, writeRendered, writeStream } from '../reply/write-reply.ts';
import { headerOf, type OpenRequest } from '../request/open-request.ts';
import { parseIfMatch } from '../request/preconditions.ts';
import { presentedToken } from '../request/presented-token.ts';
import {
  checkIsJson,
  checkIsMedia,
  hasBody,
  parseJson,
  readBytes,
  streamBytes,
} from '../request/read-body.ts';
import { validate } from '../request/validate.ts';
import type { Reply, Route, RouteRequest } from '../routes/route.ts';
import { admit, type Doorkeeper } from './admit.ts';

export interface RouteRunner {
  readonly doorkeeper: Doorkeeper;
  readonly idempotency: IdempotencyStore | undefined;
  readonly logger: Logger;
  /** For calls to services on the caller's behalf. */
  readonly internalIdentityOf: (req: Request, identity: Identity | undefined) => string | undefined;
}

/** One request, from admission to the last byte of its answer. */
export async function runRoute(
  route: Route,
  runner: RouteRunner,
  exchange: { readonly req: Request; readonly res: Response; readonly open: OpenRequest },
): Promise<void> {
  const { req, res, open } = exchange;
  const remoteAddress = req.ip ?? '';
  const { doorkeeper } = runner;
  if (route.deadlineMs !== undefined) open.allow(route.deadlineMs);
  const identity = await admit(req, res, { access: route.access, remoteAddress, doorkeeper });
  const { request, content } = await readRequest(route, { req, open, identity, remoteAddress });
  const work = () => handle(route, runner, exchange, request);
  const { idempotency } = runner;
  const { idempotencyKey: key } = request;
  // Answers to nobody known are not kept: strangers' keys cannot be told apart, and a log-in's
  // answer is its tokens.
  const isKept = request.bodyStream === undefined && identity !== undefined;
  if (idempotency !== undefined && key !== undefined && isKept) {
    const once = {
      key,
      scope: `${identity.userId} ${route.method} ${route.path}`,
      content: `${req.originalUrl}\n${content}`,
    };
    const render = async () => renderReply(route, await work());
    return writeRendered(res, await onlyOnce(idempotency, once, render, runner.logger));
  }
  const reply = await work();
  if (reply.stream !== undefined) {
    const status = reply.status ?? route.status;
    return writeStream(res, reply, reply.stream, { status, signal: open.signal });
  }
  writeRendered(res, await renderReply(route, reply));
}

const CHANGES: ReadonlySet<string> = new Set(['PATCH', 'PUT']);

async function readRequest(
  route: Route,
  given: {
    readonly req: Request;
    readonly open: OpenRequest;
    readonly identity: Identity | undefined;
    readonly remoteAddress: string;
  },
): Promise<{ request: RouteRequest; content: string }> {
  const { req, open, identity, remoteAddress } = given;
  const { value, content } =
    route.bodyMedia === undefined ? await readJson(route, req) : { value: {}, content: '' };
  const [params, query, body] = await validate([
    { name: 'params', schema: route.params, value: { ...req.params } },
    { name: 'query', schema: route.query, value: { ...req.query } },
    { name: 'body', schema: route.body, value },
  ]);
  // What is malformed is refused, whether or not the thing has versions.
  if (CHANGES.has(route.method)) parseIfMatch(req.headers);
  const request: RouteRequest = {
    params,
    query,
    body,
    bodyStream: bodyStreamOf(route, req),
    identity,
    headers: req.headers,
    cookies: parseCookie(req.headers.cookie ?? ''),
    deadlineAtMs: open.deadlineAtMs,
    token: presentedToken(req),
    idempotencyKey: idempotencyKeyOf(req),
    remoteAddress,
    traceId: open.traceId,
    signal: open.signal,
  };
  return { request, content };
}

function bodyStreamOf({ bodyMedia, bodyLimitBytes }: Route, req: Request): Readable | undefined {
  if (bodyMedia === undefined) return undefined;
  checkIsMedia(req, bodyMedia);
  return streamBytes(req, bodyLimitBytes);
}

/** A body that a route does not ask for is looked at all the same: what is sent is never ignored. */
async function readJson(route: Route, req: Request): Promise<{ value: unknown; content: string }> {
  const isRead = req.method === 'GET' || req.method === 'HEAD';
  if (isRead || !hasBody(req)) {
    return { value: route.body === undefined ? {} : undefined, content: '' };
  }
  if (!route.ignoresBody) checkIsJson(req);
  const bytes = await readBytes(req, route.bodyLimitBytes);
  if (route.ignoresBody || bytes.length === 0) return { value: {}, content: '' };
  return { value: parseJson(bytes), content: bytes.toString('utf8') };
}

async function handle(
  route: Route,
  runner: RouteRunner,
  { req, res, open }: { readonly req: Request; readonly res: Response; readonly open: OpenRequest },
  request: RouteRequest,
): Promise<Reply> {
  let signed: string | undefined;
  const context = {
    traceparent: open.traceparent,
    deadlineAtMs: open.deadlineAtMs,
    actorId: actorOf(request.identity),
    // Signed when the first call needs it: most answers come from a cache.
    get internalIdentity() {
      signed ??= runner.internalIdentityOf(req, request.identity);
      return signed;
    },
  };
  try {
    return await runInRequestContext(context, () => route.handle(request));
  } catch (err) {
    if (isAppError(err, 'not_found')) nameAbsence(route, request, res);
    throw err;
  }
}

/** The system asks in nobody's name. */
function actorOf(identity: Identity | undefined): string | undefined {
  return identity?.userId === SYSTEM_IDENTITY.userId ? undefined : identity?.userId;
}

/** An answer of 404 says what it depends on, too. */
function nameAbsence(route: Route, request: RouteRequest, res: Response): void {
  const input = { params: request.params as never, query: request.query as never };
  const tags = route.absenceTags?.(input) ?? [];
  if (tags.length === 0 || res.headersSent) return;
  res.setHeader(HEADERS.cacheTags, formatCacheTags(tags.map((tag) => ({ tag }))));
}

/** Reads are repeatable without a key. */
function idempotencyKeyOf(req: Request): string | undefined {
  const key = headerOf(req, HEADERS.idempotencyKey);
  if (key === undefined || req.method === 'GET' || req.method === 'HEAD') return undefined;
  checkIdempotencyKey(key);
  return key;
}
