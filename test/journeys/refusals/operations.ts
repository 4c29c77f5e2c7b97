import type { Permission } from '@cloudphone/contracts';
import { ask } from './ask.ts';

export interface BodySchema {
  readonly properties: Readonly<Record<string, { readonly type?: string | readonly string[] }>>;
  readonly required?: readonly string[];
}

/** One route as a BFF's own document describes it. */
export interface Operation {
  /** `PATCH /admin/users/{userId}` */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly isPublic: boolean;
  readonly permission: Permission | undefined;
  readonly params: readonly string[];
  readonly query: readonly string[];
  /** Those of `query` that a request has to have. */
  readonly requiredQuery: readonly string[];
  /** Of its JSON body; undefined when it takes none. */
  readonly body: BodySchema | undefined;
  /** Whether its body is no JSON but streamed. */
  readonly isStreamed: boolean;
}

interface DescribedOperation {
  readonly security: readonly unknown[];
  readonly 'x-permission'?: Permission;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: 'path' | 'query';
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: BodySchema }>> };
}

/** Every route that a BFF describes at `/openapi.json`. */
export async function readOperations(url: string): Promise<Operation[]> {
  const { json } = await ask(url, { method: 'GET', path: '/openapi.json' });
  const paths = json?.paths as Record<string, Record<string, DescribedOperation>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      isPublic: described.security.length === 0,
      permission: described['x-permission'],
      params: namesIn(described, 'path'),
      query: namesIn(described, 'query'),
      requiredQuery: namesIn(described, 'query', true),
      body: described.requestBody?.content['application/json']?.schema,
      isStreamed: 'text/csv' in (described.requestBody?.content ?? {}),
    })),
  );
}

function namesIn(
  { parameters }: DescribedOperation,
  place: 'path' | 'query',
  isRequired = false,
): string[] {
  return parameters
    .filter((parameter) => parameter.in === place && (parameter.required === true || !isRequired))
    .map(({ name }) => name);
}

/** The methods of whatever answers there: an id may read like the end of another route's path. */
export function methodsAt(address: string, operations: readonly Operation[]): string[] {
  const isThere = ({ path }: Operation) =>
    new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`).test(address);
  return [...new Set(operations.filter(isThere).map(({ method }) => method))];
}

/** Its path with the values in their places. Throws for a parameter without one. */
export function addressOf(
  operation: Pick<Operation, 'name' | 'path'>,
  values: Readonly<Record<string, string>>,
): string {
  return operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${operation.name}: no example of ${name}`);
    return value;
  });
}

/** Of JSON. */
export function mayHaveBody({ method, isStreamed }: Operation): boolean {
  return method !== 'GET' && !isStreamed;
}
