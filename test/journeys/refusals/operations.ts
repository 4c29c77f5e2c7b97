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
  /** Of its JSON body; undefined when it takes none. */
  readonly body: BodySchema | undefined;
}

interface DescribedOperation {
  readonly security: readonly unknown[];
  readonly 'x-permission'?: Permission;
  readonly parameters: readonly { readonly name: string; readonly in: 'path' | 'query' }[];
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
      body: described.requestBody?.content['application/json']?.schema,
    })),
  );
}

function namesIn({ parameters }: DescribedOperation, place: 'path' | 'query'): string[] {
  return parameters.filter((parameter) => parameter.in === place).map(({ name }) => name);
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

export function mayHaveBody({ method }: Operation): boolean {
  return method !== 'GET';
}
