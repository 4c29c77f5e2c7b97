import { type Selectable, sql } from '@cloudphone/postgres';
import type { DeviceTransaction } from '../device-tools.ts';
import type { PersonTable } from '../schema.ts';

export type KnownPerson = Selectable<PersonTable>;

/** What somebody who has just asked the user service, or copied it themselves, says of a person. */
export type SaidOfPerson = Omit<KnownPerson, 'is_deleted'>;

/**
 * What a device is to copy of a person: the newer of what the last event said and what the caller
 * says. An event about the person that arrives meanwhile waits for this transaction, so it finds
 * what this one wrote. To be called before any row is locked.
 */
export async function copyOfPerson(
  tx: DeviceTransaction,
  said: SaidOfPerson,
): Promise<KnownPerson> {
  await sql`select pg_advisory_xact_lock_shared(${lockOf(said.id)})`.execute(tx);
  const known = await tx
    .selectFrom('people')
    .selectAll()
    .where('id', '=', said.id)
    .executeTakeFirst();
  if (known !== undefined && (known.is_deleted || known.version >= said.version)) return known;
  return { ...said, is_deleted: false };
}

/**
 * Records what an event said of a person, after every transaction that is about to copy what was
 * known before. False when something newer is known.
 */
export async function rememberPerson(tx: DeviceTransaction, person: KnownPerson): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(${lockOf(person.id)})`.execute(tx);
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('people')
    .values(person)
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet(person)
        .where('people.is_deleted', '=', false)
        .where((is) =>
          is.or([is('people.version', '<', person.version), is.val(person.is_deleted)]),
        ),
    )
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

const lockOf = (userId: string) => sql`hashtextextended(${`known-person:${userId}`}, 0)`;
