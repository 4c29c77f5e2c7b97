import { sql, type Transaction } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';

/**
 * Which of these people were deleted. None of the others is before the transaction ends, so that what
 * it writes for them is there, and goes, when they are forgotten.
 */
export async function holdPeople(
  tx: Transaction<NotificationTables>,
  userIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await tx
    .selectFrom('contacts')
    .select(['user_id', 'deleted_at'])
    .where('user_id', '=', sql<string>`any(${userIds}::uuid[])`)
    .forShare()
    .execute();
  const gone = rows.flatMap(({ user_id, deleted_at }) => (deleted_at === null ? [] : [user_id]));
  return new Set(gone);
}
