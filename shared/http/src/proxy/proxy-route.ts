import type {
  CallDefinition,
  DomainServiceName,
  HttpMethod,
  Identity,
} from '@cloudphone/contracts';
import type * as z from 'zod';
import type { Access } from '../routes/access.ts';

/** One line of the proxy's table: this method and path are that service's, for those who may. */
export interface ProxyRoute {
  readonly kind: 'proxy';
  readonly method: HttpMethod;
  readonly path: string;
  readonly summary: string;
  readonly access: Access;
  readonly service: DomainServiceName;
  /** Path at the service; `:me` is the caller's own id, other parameters are the path's own. */
  readonly servicePath: string;
  readonly bodyLimitBytes: number;
  readonly timeoutMs: number;
  /** The call of the contract behind it, for the documents. */
  readonly call?: CallDefinition;
}

export interface ProxyTable {
  readonly routes: readonly ProxyRoute[];
  /** `http://127.0.0.1:4101` by service. */
  readonly targets: Readonly<Record<DomainServiceName, string>>;
  /** Headers added to the answer of a write that caused events (its `Consistency-Token`). */
  readonly headersForWrite?: (
    eventIds: readonly string[],
  ) => Promise<Readonly<Record<string, string>>>;
  /** How an identity is vouched for; the server's own `internalSecret` unless given. */
  readonly sign?: (identity: Identity) => string;
}

type Target =
  | { readonly service: DomainServiceName; readonly path: string }
  // Any call: its service and path are used, its schemas documented.
  | CallDefinition<
      z.ZodType | undefined,
      z.ZodType | undefined,
      z.ZodType | undefined,
      z.ZodType,
      HttpMethod
    >;

export interface ProxyRouteDefinition {
  readonly method: HttpMethod;
  /** `/admin/plans/:planId` */
  readonly path: string;
  readonly to: Target;
  readonly access: Access;
  readonly summary?: string;
  /** Parameters of the service's path that the address does not name: `{ userId: ':me' }`. */
  readonly rewrite?: Readonly<Record<string, string>>;
  /** 100 kB unless told. */
  readonly bodyLimitBytes?: number;
  /** 10 s unless told; a deadline that the caller asks for ends it earlier. */
  readonly timeoutMs?: number;
}

/** Throws when a parameter of the service's path comes from nowhere, or a call has another method. */
export function defineProxyRoute(definition: ProxyRouteDefinition): ProxyRoute {
  const { method, path, to, access, rewrite = {} } = definition;
  const call = 'answer' in to ? to : undefined;
  if (call !== undefined && call.method !== method) {
    throw new TypeError(`${method} ${path} cannot lead to ${call.method} ${call.path}`);
  }
  const servicePath = to.path.replace(/:(\w+)/g, (parameter, name: string) =>
    encodedUnlessMe(rewrite[name] ?? parameter),
  );
  const known = new Set([':me', ...(path.match(/:\w+/g) ?? [])]);
  const unknown = servicePath.match(/:\w+/g)?.find((parameter) => !known.has(parameter));
  if (unknown !== undefined) throw new TypeError(`${method} ${path} does not name ${unknown}`);
  return {
    kind: 'proxy',
    method,
    path,
    summary: definition.summary ?? call?.name ?? `Answered by the ${to.service} service.`,
    access,
    service: to.service,
    servicePath,
    bodyLimitBytes: definition.bodyLimitBytes ?? 100_000,
    timeoutMs: definition.timeoutMs ?? 10_000,
    ...(call === undefined ? {} : { call }),
  };
}

function encodedUnlessMe(part: string): string {
  return part.startsWith(':') ? part : encodeURIComponent(part);
}
