import { sql, type Transaction } from '@cloudphone/postgres';
import type { NotificationTables } from '../schema.ts';

/** Until the transaction ends nobody else reads in this inbox: counts of what is left are true. */
export async function lockInbox(
  tx: Transaction<NotificationTables>,
  userId: string,
): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`inbox ${userId}`}, 2))`.execute(tx);
}
