import { describe, expect, test } from 'vitest';
import { isKnownToCaller, parseIfMatch } from './preconditions.ts';

describe('If-Match', () => {
  test.each([
    ['"12"', 12],
    ['W/"12"', 12],
    ['"v12"', 12],
    ['12', 12],
    ['*', undefined],
    [undefined, undefined],
  ])('%s → %s', (header, version) => {
    expect(parseIfMatch(header === undefined ? {} : { 'if-match': header })).toBe(version);
  });

  test('that no answer ever named → is refused', () => {
    for (const header of ['"abc"', '', '"1", "2"']) {
      expect(() => parseIfMatch({ 'if-match': header })).toThrow('headers.if-match');
    }
  });
});

test('If-None-Match → knows any of a list, weak or strong, and *', () => {
  const known = (header: string) => isKnownToCaller({ 'if-none-match': header }, '"a"');
  expect(['"a"', 'W/"a"', '"b", "a"', '*'].map(known)).toEqual([true, true, true, true]);
  expect(['"b"', 'a', ''].map(known)).toEqual([false, false, false]);
  expect(isKnownToCaller({ 'if-none-match': '*' }, undefined)).toBe(false);
});
