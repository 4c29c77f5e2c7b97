import * as z from 'zod';

/** JSON Schema 2020-12, as OpenAPI 3.1 takes it. What JSON Schema cannot say is left open. */
export function describeSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema, ...described } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return described;
}
