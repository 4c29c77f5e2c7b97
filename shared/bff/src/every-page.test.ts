import { expect, test } from 'vitest';
import { loadEveryPage } from './every-page.ts';

const pagesOf = (count: number) => (cursor: string | undefined) => {
  const page = Number(cursor ?? 0);
  const nextCursor = page + 1 < count ? String(page + 1) : null;
  return Promise.resolve({ items: [page], nextCursor });
};

test('a list is read to its end, in order', async () => {
  expect(await loadEveryPage(pagesOf(3))).toEqual([0, 1, 2]);
});

test('a list that never ends is refused', async () => {
  await expect(loadEveryPage(pagesOf(1_000))).rejects.toThrow('the list has more than 25 pages');
});
