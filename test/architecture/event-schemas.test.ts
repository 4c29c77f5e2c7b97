import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { breakingChanges, type EventSchemas, presentSchemas } from './event-schemas.ts';
import { ROOT } from './repository.ts';

const RELEASED = join(ROOT, 'test/architecture/released-event-schemas.json');

test('the data of events has changed since the last release in ways only that old readers and rows stand', () => {
  if (process.env.UPDATE_DOCS === '1') {
    writeFileSync(RELEASED, `${JSON.stringify(presentSchemas(), null, 1)}\n`);
  }
  const released = JSON.parse(readFileSync(RELEASED, 'utf8')) as EventSchemas;
  expect(breakingChanges(released, presentSchemas())).toEqual([]);
});

const shape = (properties: object, required: readonly string[] = []) => ({
  'a.b': { type: 'object', properties, required },
});
const text = { type: 'string' };

test.each([
  ['a type that is gone', {}, ['a.b is gone']],
  ['a member that is gone', shape({}), ['a.b.x is gone']],
  ['another type', shape({ x: { type: 'number' } }, ['x']), ['a.b.x has another type']],
  [
    'a new member that must be there',
    shape({ x: text, y: text }, ['x', 'y']),
    ['a.b.y is wanted of rows that lack it: make it optional'],
  ],
  [
    'a member that may now be missing',
    shape({ x: text }),
    ['a.b.x may be missing for readers that count on it'],
  ],
  ['a new member that may be missing', shape({ x: text, y: text }, ['x']), []],
  ['a new type', { ...shape({ x: text }, ['x']), 'a.c': text }, []],
])('%s is told', (_, now, problems) => {
  expect(breakingChanges(shape({ x: text }, ['x']), now)).toEqual(problems);
});

test('a value that enters a closed list is told, one that leaves it is not', () => {
  const listed = (...values: string[]) => shape({ x: { type: 'string', enum: values } });
  expect(breakingChanges(listed('a', 'b'), listed('a', 'c'))).toEqual([
    'a.b.x may be c, which old readers refuse',
  ]);
});
