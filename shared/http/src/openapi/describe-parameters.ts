import type * as z from 'zod';
import { describeSchema } from './describe-schema.ts';

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

/** Path parameters (every one that the path names) and query parameters. */
export function describeParameters(route: {
  readonly path: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
}): object[] {
  const ofPath = membersOf(route.params);
  const ofQuery = membersOf(route.query);
  const named = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: ofPath.properties?.[name ?? ''] ?? { type: 'string' },
  }));
  const asked = Object.entries(ofQuery.properties ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: ofQuery.required?.includes(name) ?? false,
    schema,
  }));
  return [...named, ...asked];
}

function membersOf(schema: z.ZodType | undefined): ObjectSchema {
  return schema === undefined ? {} : (describeSchema(schema, 'input') as ObjectSchema);
}
