import { appError } from '@cloudphone/errors';
import { type Insertable, sql } from '@cloudphone/postgres';
import type { BillingTransaction, PersonCopyTable } from '../schema.ts';

type KnownPerson = Insertable<PersonCopyTable>;
type PersonCopy = Pick<KnownPerson, 'user_id' | 'name' | 'email' | 'tenant_id'>;

/**
 * What a new row is to copy of a person: what the last event said, else what the caller said. An
 * event about the person that arrives meanwhile waits for this transaction, so it finds the row.
 * Throws account_suspended for a person who was deleted.
 */
export async function copyOfPerson(tx: BillingTransaction, said: PersonCopy): Promise<PersonCopy> {
  await sql`select pg_advisory_xact_lock_shared(${lockOf(said.user_id)})`.execute(tx);
  const known = await tx
    .selectFrom('person_copies')
    .selectAll()
    .where('user_id', '=', said.user_id)
    .executeTakeFirst();
  if (known?.is_deleted === true) {
    throw appError('account_suspended', { privateDetail: `user ${said.user_id} was deleted` });
  }
  return known ?? said;
}

/**
 * Records what an event said of a person, after every transaction that is about to copy what was
 * known before. False when something newer is known.
 */
export async function rememberPerson(
  tx: BillingTransaction,
  person: KnownPerson,
): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(${lockOf(person.user_id)})`.execute(tx);
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('person_copies')
    .values(person)
    .onConflict((conflict) =>
      conflict
        .column('user_id')
        .doUpdateSet(person)
        .where('person_copies.version', '<', person.version)
        .where('person_copies.is_deleted', '=', false),
    )
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

const lockOf = (userId: string) => sql`hashtextextended(${`person-copy:${userId}`}, 0)`;
