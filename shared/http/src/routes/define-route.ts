import type { HttpMethod } from '@cloudphone/contracts';
import type * as z from 'zod';
import type { Access, IdentityFor } from './access.ts';
import type { OutputOf, Reply, Route, RouteRequest } from './route.ts';

type Schema = z.ZodType | undefined;

export interface RouteDefinition<
  Rule extends Access,
  Params extends Schema,
  Query extends Schema,
  Body extends Schema,
> {
  readonly method: HttpMethod;
  readonly path: string;
  /** One sentence for the documents. */
  readonly summary: string;
  readonly access: Rule;
  /** Absent: the path takes none, the query none, the body none; what is sent anyway is refused. */
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** What is posted has a form of its own, and says nothing: it is thrown away. */
  readonly ignoresBody?: true;
  readonly answer?: z.ZodType;
  /** Status of success; 200 unless told. */
  readonly status?: number;
  /** 100 kB unless told. */
  readonly bodyLimitBytes?: number;
  /** For what takes longer than requests usually may (a long export). */
  readonly deadlineMs?: number;
  readonly handle: (
    request: RouteRequest<OutputOf<Params>, OutputOf<Query>, OutputOf<Body>, IdentityFor<Rule>>,
  ) => Promise<Reply>;
}

export const DEFAULT_BODY_LIMIT_BYTES = 100_000;

/**
 * Declares a route: the server validates by its schemas, documents it and answers what it returns.
 * Throws when the path has parameters that no schema checks.
 */
export function defineRoute<
  const Rule extends Access,
  Params extends Schema = undefined,
  Query extends Schema = undefined,
  Body extends Schema = undefined,
>(definition: RouteDefinition<Rule, Params, Query, Body>): Route {
  if (definition.path.includes(':') && definition.params === undefined) {
    throw new TypeError(`${definition.method} ${definition.path} needs a schema for its params`);
  }
  const { status = 200, bodyLimitBytes = DEFAULT_BODY_LIMIT_BYTES, handle, ...rest } = definition;
  return {
    ...(rest as Omit<Route, 'kind' | 'status' | 'bodyLimitBytes' | 'handle'>),
    kind: 'route',
    status,
    bodyLimitBytes,
    handle: handle as Route['handle'],
  };
}
