import { expect, test } from 'vitest';
import { createSeenIds } from './seen-ids.ts';

test('seen ids → tells each id once', () => {
  const isNew = createSeenIds(10);
  expect(['a', 'b', 'a', 'b', 'c'].map(isNew)).toEqual([true, true, false, false, true]);
});

test('seen ids → forgets the oldest beyond its capacity, and nothing else', () => {
  const isNew = createSeenIds(2);
  for (const id of ['a', 'b', 'c']) isNew(id);
  expect(isNew('c')).toBe(false);
  expect(isNew('b')).toBe(false);
  expect(isNew('a')).toBe(true);
});
