import { type Issue, invalidInput } from '@cloudphone/errors';
import * as z from 'zod';

const NOTHING = z.strictObject({});

export interface Part {
  readonly name: 'params' | 'query' | 'body';
  readonly schema: z.ZodType | undefined;
  readonly value: unknown;
}

/** Each part by its schema. Throws invalid_input with every issue of all parts, by path. */
export async function validate(parts: readonly Part[]): Promise<unknown[]> {
  const issues: Issue[] = [];
  const values: unknown[] = [];
  for (const { name, schema, value } of parts) {
    const result = await (schema ?? NOTHING).safeParseAsync(value);
    if (!result.success) issues.push(...result.error.issues.flatMap((issue) => told(name, issue)));
    values.push(schema === undefined ? undefined : result.data);
  }
  if (issues.length > 0) throw invalidInput(issues);
  return values;
}

/** One issue for each member that nobody knows; else one for the place. */
function told(part: string, issue: z.core.$ZodIssue): Issue[] {
  const path = [part, ...issue.path].map(String).join('.');
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map((key) => ({ path: `${path}.${key}`, message: 'not known here' }));
}
