import { expect, test } from 'vitest';
import { createPathTable } from './path-table.ts';

const table = createPathTable(
  ['/a/:id', '/a/counts', '/a/:id/info'].map((path) => ({ path, entry: path })),
);

test('a path finds its pattern and what stands in its places', () => {
  expect(table.find('/a/7/info')).toEqual({ entry: '/a/:id/info', params: { id: '7' } });
});

test('a pattern without names wins over one with', () => {
  expect(table.find('/a/counts')?.entry).toBe('/a/counts');
});

test.each(['/', '/a', '/a/', '/a//info', '/a/7/', '/a/7/info/x', '/b/7'])(
  '%s finds nothing',
  (path) => {
    expect(table.find(path)).toBeUndefined();
  },
);
