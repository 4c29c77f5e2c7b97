import type { Issue } from '@cloudphone/errors';

/**
 * Texts that no database of ours keeps as they are: PostgreSQL has no U+0000, and half a surrogate
 * pair has no UTF-8. Walks without recursion, since what a client nests can be deep.
 */
export function findUnstorableTexts(name: string, value: unknown): Issue[] {
  const issues: Issue[] = [];
  const refuse = (path: string) => issues.push({ path, message: MESSAGE });
  if (typeof value === 'string' && isUnstorable(value)) refuse(name);
  const left: [path: string, value: object][] = isObject(value) ? [[name, value]] : [];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [path, found] = next;
    for (const [key, member] of Object.entries(found)) {
      if (!Array.isArray(found) && isUnstorable(key)) refuse(path);
      if (isObject(member)) left.push([`${path}.${key}`, member]);
      else if (typeof member === 'string' && isUnstorable(member)) refuse(`${path}.${key}`);
    }
  }
  return issues;
}

const MESSAGE = 'holds U+0000 or half of a surrogate pair';
const UNSTORABLE = /[\0\p{Surrogate}]/u;
const isUnstorable = (text: string): boolean => UNSTORABLE.test(text);
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
