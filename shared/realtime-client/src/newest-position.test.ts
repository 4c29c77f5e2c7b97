import { expect, test } from 'vitest';
import { createNewestPosition } from './newest-position.ts';

const newestOf = (...tokens: string[]) => {
  const newest = createNewestPosition();
  for (const token of tokens) newest.observe(token);
  return newest.token();
};

test('newest position → is undefined before anything was heard', () => {
  expect(newestOf()).toBeUndefined();
});

test('newest position → is the highest of its epoch, by number and in any order', () => {
  expect(newestOf('e1.9', 'e1.10', 'e1.8')).toBe('e1.10');
});

test('newest position → follows the log into a new epoch, however low its numbers', () => {
  expect(newestOf('e1.500', 'e2.1')).toBe('e2.1');
});

test('newest position → is not drawn back by a latecomer from an epoch that was left', () => {
  expect(newestOf('e1.500', 'e2.1', 'e1.501')).toBe('e2.1');
});

test('newest position → passes over what is no position', () => {
  expect(newestOf('e1.5', '', 'id:0197c2a0-0000-7000-8000-000000000000', 'e1.x', 'e1')).toBe(
    'e1.5',
  );
});
