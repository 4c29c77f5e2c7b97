import { notFound, versionConflict } from '@cloudphone/errors';
import type { Selectable, Transaction } from '@cloudphone/postgres';
import type { PersonTable, UserTables } from '../schema.ts';

/**
 * A person's row, which nobody else changes until the transaction ends. Throws not_found for nobody,
 * version_conflict when `expected` is told and somebody was faster.
 */
export async function lockPerson(
  tx: Transaction<UserTables>,
  userId: string,
  expected?: number,
): Promise<Selectable<PersonTable>> {
  const row = await tx
    .selectFrom('people')
    .selectAll()
    .where('id', '=', userId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw notFound('user', userId);
  if (expected !== undefined && expected !== row.version) {
    throw versionConflict('user', userId, row.version);
  }
  return row;
}
