import { type NewEvent, permissionsOf, type Role, userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import type { Written } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { Transaction } from '@cloudphone/postgres';
import { hashOf } from '../attempts/attempts.ts';
import type { UserTables } from '../schema.ts';
import { closeSessions } from '../sessions/close-sessions.ts';
import { keepAnAdmin } from './keep-an-admin.ts';
import type { PersonRow } from './present-person.ts';

interface Ended {
  readonly id: string;
  readonly erase: boolean;
  readonly version: number;
  readonly at: string;
}

/**
 * Ends an account: log-ins, quota, second factor and resets go, user name and e-mail address are
 * free. Without `erase` the name stays for whoever reads old records, until an erasure is asked for
 * later; with it nothing personal is left here, and the event tells all others to forget too.
 */
export function deleteUserRoute({ writer, clock }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.deleteUser, async ({ params, query: { erase } }) => {
    const { userId } = params;
    const { result, eventIds } = await writer.write(async (tx) => {
      const person = await tx
        .selectFrom('people')
        .selectAll()
        .where('id', '=', userId)
        .forUpdate()
        .executeTakeFirst();
      const at = new Date(clock.now());
      if (person !== undefined) return endAccount(tx, person, { erase, at });
      const erased = erase ? await eraseEnded(tx, userId, at) : undefined;
      if (erased === undefined) throw notFound('user', userId);
      return erased;
    });
    return { body: result, eventIds };
  });
}

async function endAccount(
  tx: Transaction<UserTables>,
  person: PersonRow,
  { erase, at }: { readonly erase: boolean; readonly at: Date },
): Promise<Written<Ended>> {
  await keepAnAdmin(tx, person);
  const { id, tenant_id } = person;
  const closed = await closeSessions(tx, { personId: id }, { reason: 'deleted', at });
  await tx.deleteFrom('quotas').where('user_id', '=', id).execute();
  await tx.deleteFrom('quota_operations').where('user_id', '=', id).execute();
  await tx.deleteFrom('reset_requests').where('email', '=', person.email.toLowerCase()).execute();
  const account = hashOf(person.username.toLowerCase());
  await tx.deleteFrom('attempts').where('account', '=', account).execute();
  await tx.deleteFrom('people').where('id', '=', id).execute();
  const version = person.version + 1;
  await tx
    .insertInto('deleted_people')
    .values({
      id,
      tenant_id,
      username: erase ? null : person.username,
      email: erase ? null : person.email,
      name: erase ? null : person.name,
      was_staff: permissionsOf(person.roles as Role[]).length > 0,
      is_erased: erase,
      version,
      deleted_at: at,
    })
    .execute();
  if (erase) await eraseFromAudit(tx, id);
  return told({ id, erase, version, at: at.toISOString() }, tenant_id, closed);
}

/** What was kept of an account that had ended; undefined when nothing was. */
async function eraseEnded(
  tx: Transaction<UserTables>,
  id: string,
  at: Date,
): Promise<Written<Ended> | undefined> {
  const left = await tx
    .selectFrom('deleted_people')
    .selectAll()
    .where('id', '=', id)
    .where('is_erased', '=', false)
    .forUpdate()
    .executeTakeFirst();
  if (left === undefined) return undefined;
  const version = left.version + 1;
  await tx
    .updateTable('deleted_people')
    .set({ username: null, email: null, name: null, is_erased: true, version })
    .where('id', '=', id)
    .execute();
  await eraseFromAudit(tx, id);
  return told({ id, erase: true, version, at: at.toISOString() }, left.tenant_id);
}

/** What they did stays on record, by id; who that was does not. */
async function eraseFromAudit(tx: Transaction<UserTables>, id: string): Promise<void> {
  await tx.updateTable('audit').set({ actor_name: null }).where('actor_id', '=', id).execute();
}

function told(ended: Ended, tenantId: string, closed: readonly NewEvent[] = []): Written<Ended> {
  const deleted: NewEvent = { type: 'user.deleted', data: { ...ended, tenantId } };
  return { result: ended, events: [deleted, ...closed] };
}
