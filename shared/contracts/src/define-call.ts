import type * as z from 'zod';

export type DomainServiceName = 'user' | 'device' | 'app' | 'billing' | 'notification';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

type Schema = z.ZodType | undefined;
type InputOf<S> = S extends z.ZodType ? z.input<S> : undefined;
type OutputOf<S> = S extends z.ZodType ? z.output<S> : undefined;

/**
 * One operation of a domain service, declared once: the service answers it, the clients call it,
 * its documents and its metrics are named after it.
 */
export interface CallDefinition<
  Params extends Schema = Schema,
  Query extends Schema = Schema,
  Body extends Schema = Schema,
  Answer extends z.ZodType = z.ZodType,
  Method extends HttpMethod = HttpMethod,
> {
  readonly service: DomainServiceName;
  /** Operation id, unique in its service: `getDevice`. */
  readonly name: string;
  readonly method: Method;
  /** Express form: `/devices/:deviceId`. */
  readonly path: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** The media type of a body that is streamed instead (`text/csv`), and no JSON. */
  readonly bodyMedia?: string;
  readonly answer: Answer;
  /** Status of success; 200 unless said. */
  readonly status?: number;
  /**
   * Tags that the answer, or its absence, is sure to depend on, known before it is sent. Undefined
   * when only the answer tells.
   */
  readonly knownTags?: (input: {
    readonly params: OutputOf<Params>;
    readonly query: OutputOf<Query>;
  }) => string[];
}

/** What a caller passes: only the parts that the call declares. */
export type CallInput<Call> =
  Call extends CallDefinition<infer P, infer Q, infer B, z.ZodType>
    ? (P extends z.ZodType ? { readonly params: InputOf<P> } : unknown) &
        (Q extends z.ZodType ? { readonly query?: InputOf<Q> } : unknown) &
        (B extends z.ZodType ? { readonly body: InputOf<B> } : unknown)
    : never;

export type CallAnswer<Call> =
  Call extends CallDefinition<Schema, Schema, Schema, infer A> ? z.output<A> : never;

export function defineCall<
  Answer extends z.ZodType,
  Params extends Schema = undefined,
  Query extends Schema = undefined,
  Body extends Schema = undefined,
  const Method extends HttpMethod = HttpMethod,
>(
  call: CallDefinition<Params, Query, Body, Answer, Method>,
): CallDefinition<Params, Query, Body, Answer, Method> {
  return call;
}
