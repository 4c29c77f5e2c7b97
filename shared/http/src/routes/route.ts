import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { ConsistencyToken, HttpMethod, Identity, TagRead } from '@cloudphone/contracts';
import type * as z from 'zod';
import type { Access } from './access.ts';

export interface RouteRequest<
  Params = unknown,
  Query = unknown,
  Body = unknown,
  Who = Identity | undefined,
> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** The body of a route with `bodyMedia`, to be read to its end or given up. */
  readonly bodyStream: Readable | undefined;
  readonly identity: Who;
  readonly headers: IncomingHttpHeaders;
  readonly cookies: Readonly<Record<string, string | undefined>>;
  /** Monotonic instant at which the caller stops waiting. */
  readonly deadlineAtMs: number;
  /** What the caller was told already; it must not be shown less. */
  readonly token: ConsistencyToken | undefined;
  /** To be passed on with calls that change something. */
  readonly idempotencyKey: string | undefined;
  readonly remoteAddress: string;
  readonly traceId: string;
  /** Aborts when the caller is gone or its deadline has passed. */
  readonly signal: AbortSignal;
}

export interface Reply {
  /** The route's own status unless given. */
  readonly status?: number;
  /** Sent as JSON, after the route's `answer` schema has removed what it does not name. */
  readonly body?: unknown;
  /** Sent as they are; JSON unless `content-type` is given. */
  readonly bytes?: Buffer;
  /** Sent as it comes, `content-type` is needed. Ends with the request's deadline. */
  readonly stream?: Readable;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** What a GET's answer was built from: `Cache-Tags`. */
  readonly tags?: readonly TagRead[];
  /** Epoch ms at which the answer changes without any event: `Cache-Until`. */
  readonly changesAtMs?: number;
  /** The events that a write caused: `Event-Ids`. */
  readonly eventIds?: readonly string[];
  /** The entity's version: becomes its `ETag`, which `If-Match` is compared with. */
  readonly etagVersion?: number;
}

/** One entry of a process's table of routes. Made by `defineRoute` or `answerCall`. */
export interface Route {
  readonly kind: 'route';
  readonly method: HttpMethod;
  /** Express form: `/devices/:deviceId`. */
  readonly path: string;
  readonly summary: string;
  /** Operation id in the OpenAPI document. */
  readonly name?: string;
  readonly access: Access;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /**
   * Media type of a body that is streamed to `handle` instead. An idempotency key means nothing to
   * such a route: what it stands for is known only when all has been read.
   */
  readonly bodyMedia?: string;
  /** Whatever form the body has, it is read to its end, within the limit, and thrown away. */
  readonly ignoresBody?: true;
  readonly answer?: z.ZodType;
  /** Status of success. */
  readonly status: number;
  readonly bodyLimitBytes: number;
  /** What the route may take, when that is longer than requests usually may. */
  readonly deadlineMs?: number;
  /** What an answer of 404 depends on. */
  readonly absenceTags?: (input: { readonly params: never; readonly query: never }) => string[];
  handle(request: RouteRequest): Promise<Reply>;
}

type Schema = z.ZodType | undefined;
export type OutputOf<S extends Schema> = S extends z.ZodType ? z.output<S> : undefined;
