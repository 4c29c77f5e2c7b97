import { type NewEvent, userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import type { UserTables } from '../schema.ts';
import { closeSessions } from '../sessions/close-sessions.ts';
import { keepAnAdmin } from './keep-an-admin.ts';
import { lockPerson } from './lock-person.ts';
import { presentPerson } from './present-person.ts';

/** Suspends a person: every log-in of theirs is closed with it. */
export function suspendUserRoute(tools: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.suspendUser, ({ params }) =>
    changeStatus(tools, params.userId, 'suspended'),
  );
}

/** Lets a suspended person log in again; log-ins that were closed stay closed. */
export function reactivateUserRoute(tools: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.reactivateUser, ({ params }) =>
    changeStatus(tools, params.userId, 'active'),
  );
}

/** A repeat changes nothing, tells nobody and answers the person as they are. */
async function changeStatus(
  { writer, clock }: ServiceTools<UserTables>,
  userId: string,
  status: 'active' | 'suspended',
) {
  const { result, eventIds } = await writer.write(async (tx) => {
    const before = await lockPerson(tx, userId);
    if (before.status === status) return unchanged(presentPerson(before));
    if (status === 'suspended') await keepAnAdmin(tx, before);
    const at = new Date(clock.now());
    const after = await tx
      .updateTable('people')
      .set({
        status,
        version: sql`version + 1`,
        permission_version: sql`permission_version + 1`,
        updated_at: at,
      })
      .where('id', '=', userId)
      .returningAll()
      .executeTakeFirstOrThrow();
    const closed =
      status === 'suspended'
        ? await closeSessions(tx, { personId: userId }, { reason: 'suspended', at })
        : [];
    const changed: NewEvent = {
      type: 'user.status_changed',
      data: { ...presentPerson(after), changedFields: ['status'] },
    };
    return { result: presentPerson(after), events: [changed, ...closed] };
  });
  return { body: result, eventIds, etagVersion: result.version };
}
