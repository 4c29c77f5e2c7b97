import { SERVICE_CALLS } from '@cloudphone/contracts';
import { expect, test } from 'vitest';
import { isTest, readRepository } from './repository.ts';

type Calls = Readonly<Record<string, Readonly<Record<string, { readonly knownTags?: unknown }>>>>;
const CALL = /\bfrom\.(\w+)\.(\w+)\b/g;

/** Calls of views to services by file, as their loads write them. */
function callsOfViews() {
  return readRepository()
    .filter(({ folder }) => /^bff-(admin|user)$/.test(folder))
    .flatMap(({ files }) => files)
    .filter((file) => file.path.includes('/src/views/') && !isTest(file))
    .flatMap(({ path, text }) =>
      [...text.matchAll(CALL)].map(([, service = '', call = '']) => ({ path, service, call })),
    );
}

test('what views are made of names its tags before it is asked for: nothing else may be kept', () => {
  const calls = callsOfViews();
  expect(calls.length).toBeGreaterThan(20);
  const services: Calls = SERVICE_CALLS;
  const unnamed = calls.filter(({ service, call }) => !services[service]?.[call]?.knownTags);
  expect(unnamed).toEqual([]);
});
