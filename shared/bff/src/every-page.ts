import type { Page } from '@cloudphone/contracts';

const MAX_PAGES = 25;

/**
 * All items of a list that is bounded by its question (the apps of these devices), page by page.
 * Throws a RangeError beyond 25 pages: such a list is not for one answer.
 */
export async function loadEveryPage<Item>(
  loadPage: (cursor: string | undefined) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { items: more, nextCursor } = await loadPage(cursor);
    items.push(...more);
    if (nextCursor === null) return items;
    cursor = nextCursor;
  }
  throw new RangeError(`the list has more than ${MAX_PAGES} pages`);
}
