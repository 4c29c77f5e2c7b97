import { type Issue, invalidInput } from '@cloudphone/errors';
import * as z from 'zod';
import { findUnstorableTexts } from './unstorable-text.ts';

const NOTHING = z.strictObject({});
/** A hundred thousand ids can all be wrong; the answer is for somebody who repairs one request. */
const MAX_ISSUES = 200;
/** Names of members are the caller's own and come back in paths. */
const MAX_PATH_LENGTH = 200;

export interface Part {
  readonly name: 'params' | 'query' | 'body';
  readonly schema: z.ZodType | undefined;
  readonly value: unknown;
}

/** Each part by its schema. Throws invalid_input with the issues of all parts, by path. */
export async function validate(parts: readonly Part[]): Promise<unknown[]> {
  const issues: Issue[] = [];
  const values: unknown[] = [];
  for (const { name, schema, value } of parts) {
    const result = await (schema ?? NOTHING).safeParseAsync(value);
    // Only what fits its schema is walked: it is no larger or deeper than the schema lets it be.
    const found = result.success
      ? findUnstorableTexts(name, value)
      : result.error.issues.flatMap((issue) => told(name, issue));
    for (const issue of found) issues.push(issue);
    values.push(schema === undefined ? undefined : result.data);
  }
  if (issues.length > 0) throw invalidInput(readable(issues));
  return values;
}

/** One issue for each member that nobody knows; else one for the place. */
function told(part: string, issue: z.core.$ZodIssue): Issue[] {
  const path = [part, ...issue.path].map(String).join('.');
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map((key) => ({ path: `${path}.${key}`, message: 'not known here' }));
}

/** The first two hundred, and how many more there are in the part that has the next. */
function readable(issues: readonly Issue[]): Issue[] {
  const shown = issues.slice(0, MAX_ISSUES).map(({ path, message }) => ({
    path: path.length > MAX_PATH_LENGTH ? `${path.slice(0, MAX_PATH_LENGTH)}…` : path,
    message,
  }));
  const next = issues[MAX_ISSUES];
  if (next === undefined) return shown;
  const [part = ''] = next.path.split('.');
  return [...shown, { path: part, message: `and ${issues.length - MAX_ISSUES} more` }];
}
