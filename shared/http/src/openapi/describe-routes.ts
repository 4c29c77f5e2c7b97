import type * as z from 'zod';
import type { ProxyRoute } from '../proxy/proxy-route.ts';
import type { Access } from '../routes/access.ts';
import type { Route } from '../routes/route.ts';
import { describeParameters } from './describe-parameters.ts';
import { describeSchema } from './describe-schema.ts';

type Json = Readonly<Record<string, unknown>>;

interface Described {
  readonly method: Route['method'];
  readonly path: string;
  readonly summary: string;
  readonly name?: string;
  readonly access: Access;
  readonly status: number;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly bodyMedia?: string;
  readonly answer?: z.ZodType;
}

/** The OpenAPI 3.1 document of a process, from its own tables. */
export function describeRoutes(process: {
  readonly name: string;
  readonly version: string;
  readonly routes: readonly Route[];
  readonly proxies: readonly ProxyRoute[];
}): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of [...process.routes, ...process.proxies.map(asDescribed)]) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = describeOperation(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: process.name, version: process.version },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        internal: { type: 'apiKey', in: 'header', name: 'x-internal-identity' },
      },
      schemas: { Problem: PROBLEM },
      responses: {
        Problem: {
          description: 'A problem document (RFC 9457); its codes are listed at /docs/errors.',
          content: { 'application/problem+json': { schema: ref('schemas/Problem') } },
        },
      },
    },
  };
}

function asDescribed({ call, ...route }: ProxyRoute): Described {
  const { query, body, bodyMedia, answer, status } = call ?? {};
  return {
    ...route,
    status: status ?? 200,
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
    ...(bodyMedia === undefined ? {} : { bodyMedia }),
    ...(answer === undefined ? {} : { answer }),
  };
}

function describeOperation(route: Described): Json {
  const { access, answer } = route;
  const content = bodyContentOf(route);
  return {
    operationId: route.name ?? operationId(route),
    summary: route.summary,
    tags: [route.path.split('/').find((segment) => /^[a-z]/.test(segment)) ?? 'root'],
    parameters: describeParameters(route),
    ...(content === undefined ? {} : { requestBody: { required: true, content } }),
    responses: {
      [route.status]: {
        description: 'Done.',
        ...(answer === undefined ? {} : { content: json(describeSchema(answer, 'output')) }),
      },
      default: ref('responses/Problem'),
    },
    security: securityOf(access),
    ...(access.kind === 'permission' ? { 'x-permission': access.permission } : {}),
  };
}

function bodyContentOf({ body, bodyMedia }: Described): Json | undefined {
  if (bodyMedia !== undefined) return { [bodyMedia]: { schema: { type: 'string' } } };
  return body === undefined ? undefined : json(describeSchema(body, 'input'));
}

function securityOf({ kind }: Access): readonly Json[] {
  if (kind === 'public') return [];
  return [kind === 'internal' ? { internal: [] } : { bearer: [] }];
}

/** `GET /admin/devices/:id` → `getAdminDevicesById`. */
function operationId({ method, path }: Described): string {
  const words = path
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => (segment.startsWith(':') ? `by-${segment.slice(1)}` : segment))
    .flatMap((segment) => segment.split(/[^A-Za-z0-9]+/));
  return (
    method.toLowerCase() +
    words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  );
}

const json = (schema: unknown): Json => ({ 'application/json': { schema } });
const ref = (name: string): Json => ({ $ref: `#/components/${name}` });

const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'instance', 'traceId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    traceId: { type: 'string' },
    issues: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};
