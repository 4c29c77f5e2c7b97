import { isAppError } from '@cloudphone/errors';
import { encodeCursor } from '@cloudphone/postgres';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { pageFrom, readPlace } from './paging.ts';

const byName = z.tuple([z.string()]);
const place = (name: string) => ['name', name] as const;

describe('a page', () => {
  test('ends where its cursor says, and the cursor leads to the next row', () => {
    const page = pageFrom(['a', 'b', 'c'], 2, place);
    expect(page.items).toEqual(['a', 'b']);
    expect(readPlace(page.nextCursor ?? '', 'name', byName)).toEqual(['b']);
  });

  test('is the last one when there is no row too many', () => {
    expect(pageFrom(['a', 'b'], 2, place).nextCursor).toBeNull();
    expect(pageFrom([], 2, place)).toEqual({ items: [], nextCursor: null });
  });
});

describe('a cursor', () => {
  const refusal = (cursor: string) => {
    try {
      readPlace(cursor, 'name', byName);
      return undefined;
    } catch (err) {
      return isAppError(err, 'invalid_input') ? err.issues[0]?.path : err;
    }
  };

  test('of another order is refused, not misread', () => {
    expect(refusal(encodeCursor(['-createdAt', 'b']))).toBe('query.cursor');
  });

  test('with values of another kind or number is refused before it reaches SQL', () => {
    expect(refusal(encodeCursor(['name', 1]))).toBe('query.cursor');
    expect(refusal(encodeCursor(['name']))).toBe('query.cursor');
    expect(refusal(encodeCursor(['name', 'a', 'b']))).toBe('query.cursor');
  });
});
