import type { Page } from '@cloudphone/contracts';
import { invalidInput } from '@cloudphone/errors';
import { decodeCursor, encodeCursor } from '@cloudphone/postgres';
import type * as z from 'zod';

/** The order of a list by name, then the sort values of one row, which no other row has. */
export type Place = readonly [order: string, ...values: string[]];

/**
 * A page out of up to `limit + 1` rows: the row too many says that there is a next page, and is
 * left off.
 */
export function pageFrom<Item>(
  rows: readonly Item[],
  limit: number,
  placeOf: (item: Item) => Place,
): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items, nextCursor: hasMore ? encodeCursor(placeOf(last)) : null };
}

/**
 * The sort values where the last page ended, by their schema: cursors come from outside and end in
 * SQL. Throws invalid_input at `query.cursor` when it belongs to another order, or to nobody.
 */
export function readPlace<Values extends z.ZodType>(
  cursor: string,
  order: string,
  values: Values,
): z.output<Values> {
  const [madeBy, ...given] = decodeCursor(cursor);
  const read = values.safeParse(given);
  if (madeBy === order && read.success) return read.data;
  throw invalidInput([{ path: 'query.cursor', message: 'is a cursor of another list or order' }]);
}
