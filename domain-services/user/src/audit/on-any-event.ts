import { type EventEnvelope, type NewEvent, permissionsOf, type Role } from '@cloudphone/contracts';
import { defineReaction } from '@cloudphone/event-log';
import type { Transaction } from '@cloudphone/postgres';
import type { UserTables } from '../schema.ts';

const MAX_FIELDS = 50;
const MAX_NAME_LENGTH = 80;

/** Writes down what members of staff caused, in whatever service. */
export const onAnyEvent = defineReaction<'any', UserTables>({
  on: 'any',
  name: 'audit-what-staff-does',
  // What is returned below comes by here, too.
  concerns: ({ actorid, type }) => actorid !== undefined && type !== 'audit.recorded',
  run: ({ envelope }, tx) => writeDown(tx, envelope),
});

/**
 * One row for an event that a member of staff asked for: who, what, when, of what, and the names of
 * its fields. Their values, which may be personal or secret, stay in the event. Events that follow
 * from others name the same actor: what was caused is on record with what was done.
 */
export async function writeDown(
  tx: Transaction<UserTables>,
  { id, type, subject, time, data, actorid }: EventEnvelope,
): Promise<readonly NewEvent[]> {
  if (actorid === undefined || type === 'audit.recorded') return [];
  const actor = await findStaff(tx, actorid);
  if (actor === undefined) return [];
  const record = {
    id,
    at: new Date(time).toISOString(),
    actorId: actorid,
    action: type,
    subject,
    fields: fieldsOf(data),
  };
  const { id: event_id, at, actorId: actor_id, ...rest } = record;
  const inserted = await tx
    .insertInto('audit')
    .values({ event_id, at: new Date(at), actor_id, actor_name: actor.username, ...rest })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n ? [{ type: 'audit.recorded', data: record }] : [];
}

/** Undefined for customers, and for whoever never had an account. */
async function findStaff(
  tx: Transaction<UserTables>,
  id: string,
): Promise<{ readonly username: string | null } | undefined> {
  const person = await tx
    .selectFrom('people')
    .select(['username', 'roles'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (person !== undefined) {
    return permissionsOf(person.roles as Role[]).length > 0 ? person : undefined;
  }
  return tx
    .selectFrom('deleted_people')
    .select('username')
    .where('id', '=', id)
    .where('was_staff', '=', true)
    .executeTakeFirst();
}

/** Those that the event says were changed, else all that it tells of. */
function fieldsOf(data: EventEnvelope['data']): string[] {
  const { changedFields } = data;
  const named = Array.isArray(changedFields)
    ? changedFields.filter((name): name is string => typeof name === 'string')
    : Object.keys(data);
  return named.slice(0, MAX_FIELDS).map((name) => name.slice(0, MAX_NAME_LENGTH));
}
