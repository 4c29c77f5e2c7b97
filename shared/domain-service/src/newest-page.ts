import { type Page, timeSchema } from '@cloudphone/contracts';
import { type SelectQueryBuilder, sql } from '@cloudphone/postgres';
import * as z from 'zod';
import { pageFrom, readPlace } from './paging.ts';

const placeSchema = z.tuple([timeSchema, z.uuid()]);

/**
 * A page of rows, the newest first: by the moment in column `at`, then by the UUID in column `id`, which
 * no other row has. Cursors belong to the list that `order` names; throws invalid_input for another's.
 * One query; an index on both columns keeps it as short as the page.
 */
export async function newestPage<
  Database,
  Tables extends keyof Database,
  At extends string,
  Id extends string,
  Row extends { readonly [Column in At]: Date } & { readonly [Column in Id]: string },
>(
  wanted: SelectQueryBuilder<Database, Tables, Row>,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
  by: { readonly order: string; readonly at: At; readonly id: Id },
): Promise<Page<Row>> {
  const [at, id] = [sql.ref(by.at), sql.ref(by.id)];
  let page = wanted;
  if (cursor !== undefined) {
    const [lastAt, lastId] = readPlace(cursor, by.order, placeSchema);
    page = page.where(sql<boolean>`(${at}, ${id}) < (${lastAt}::timestamptz, ${lastId}::uuid)`);
  }
  const rows = await page
    .orderBy(at, 'desc')
    .orderBy(id, 'desc')
    .limit(limit + 1)
    .execute();
  return pageFrom(rows, limit, (row) => [by.order, row[by.at].toISOString(), row[by.id]]);
}
