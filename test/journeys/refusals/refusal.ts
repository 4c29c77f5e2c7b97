import { ERROR_CODES, type ErrorCodeName, isErrorCode } from '@cloudphone/errors';
import { expect } from 'vitest';
import type { Reply } from './ask.ts';

export interface Refusal {
  readonly code: ErrorCodeName;
  /** Each is the beginning of some issue's path. */
  readonly issues?: readonly string[];
}

/** What a document may hold; anything else is an accident. */
const MEMBERS = new Set(
  'type title status code detail instance traceId issues currentVersion'.split(' '),
);
/** Frames of a stack, files, engines, libraries, addresses and services: nobody's business. */
const INNER = [
  /\bat \S+ \(|\.[cm]?[jt]s:\d|node_modules|\bError\b/,
  /postgres|kysely|redis|axios|ECONN|SQL|zod|express|bullmq|127\.0\.0\.1|localhost/i,
  /[a-z]+-service|upstream_\w+ |x-internal/,
];

/** What is wrong with an answer that should be this refusal, in words; nothing when it is right. */
export function flawsOf(reply: Reply, path: string, expected: Refusal): string[] {
  const document = reply.json ?? {};
  const { code, title, status, type, instance, traceId, issues } = document;
  const entry = ERROR_CODES[expected.code];
  const flaws: string[] = [];
  const check = (isRight: boolean, flaw: string) => {
    if (!isRight) flaws.push(flaw);
  };
  const { 'content-type': contentType } = reply.headers;
  check(code === expected.code, `code ${code ?? reply.text.slice(0, 80)}, not ${expected.code}`);
  check(reply.status === entry.status && status === entry.status, `status ${reply.status}`);
  check(contentType === 'application/problem+json', `content-type ${contentType}`);
  check(isErrorCode(code) && title === ERROR_CODES[code].title, `title ${title}`);
  check(type === `/docs/errors#${code}`, `type ${type}`);
  check(instance === path.split('?')[0], `instance ${instance}`);
  check(typeof traceId === 'string' && /^[0-9a-f]{32}$/.test(traceId), `traceId ${traceId}`);
  for (const name of Object.keys(document)) check(MEMBERS.has(name), `member ${name}`);
  const told = JSON.stringify({ ...document, instance: '' });
  for (const inner of INNER) check(!inner.test(told), `tells ${inner.exec(told)?.[0]}`);
  const paths = Array.isArray(issues) ? issues.map((issue: { path: string }) => issue.path) : [];
  for (const start of expected.issues ?? []) {
    check(
      paths.some((found) => found.startsWith(start)),
      `issues at ${paths.join() || 'nothing'}, not ${start}`,
    );
  }
  check((code === 'invalid_input') === paths.length > 0, `${paths.length} issues`);
  return flaws;
}

/** The same, as an assertion. */
export function expectRefusal(reply: Reply, path: string, expected: Refusal): void {
  expect(flawsOf(reply, path, expected)).toEqual([]);
}

/** All of a refusal but what belongs to the one request. */
export function sameForAll({ status, json }: Reply): unknown {
  return { status, json: { ...json, instance: undefined, traceId: undefined } };
}
