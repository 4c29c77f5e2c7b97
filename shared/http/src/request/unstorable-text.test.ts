import { expect, test } from 'vitest';
import { findUnstorableTexts } from './unstorable-text.ts';

const pathsIn = (value: unknown) =>
  findUnstorableTexts('body', value)
    .map(({ path }) => path)
    .sort();

test('what a database keeps as it is → is no issue', () => {
  expect(
    pathsIn({ name: 'Ada \u{1f469}\u200d\u{1f4bb} 李 \n', count: 1, tags: ['', null, true] }),
  ).toEqual([]);
});

test('U+0000 and half a surrogate pair → are found wherever they are, in names too', () => {
  const value = { name: 'a\0b', list: ['fine', 'a\ud800'], inner: { 'k\udc00': 1 } };
  expect(pathsIn(value)).toEqual(['body.inner', 'body.list.1', 'body.name']);
  expect(pathsIn('\0')).toEqual(['body']);
});

test('what is nested deeper than a stack → is walked', () => {
  const depth = 200_000;
  const deep: unknown = JSON.parse('['.repeat(depth) + ']'.repeat(depth));
  expect(pathsIn({ deep, end: '\0' })).toEqual(['body.end']);
});
