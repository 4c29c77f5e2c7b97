import { stateConflict } from '@cloudphone/errors';
import { sql, type Transaction } from '@cloudphone/postgres';
import type { UserTables } from '../schema.ts';
import type { PersonRow } from './present-person.ts';

/**
 * Throws state_conflict when this is the last active admin, whom nobody could bring back. Two admins
 * who end each other at the same time come one after the other. Called with the person's row locked.
 */
export async function keepAnAdmin(tx: Transaction<UserTables>, person: PersonRow): Promise<void> {
  if (person.status !== 'active' || !person.roles.includes('admin')) return;
  await sql`select pg_advisory_xact_lock(hashtextextended('the last admin', 7))`.execute(tx);
  const other = await tx
    .selectFrom('people')
    .select('id')
    .where('id', '!=', person.id)
    .where('status', '=', 'active')
    .where(sql<boolean>`'admin' = any(roles)`)
    .executeTakeFirst();
  if (other !== undefined) return;
  throw stateConflict('user', person.id, 'This is the last admin.');
}
