import { type NewEvent, ROLE_NAMES, userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, parseIfMatch, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import type { UserTables } from '../schema.ts';
import { keepAnAdmin } from './keep-an-admin.ts';
import { lockPerson } from './lock-person.ts';
import { presentPerson } from './present-person.ts';

/**
 * Replaces a person's roles. Their log-ins go on, but every access token issued before ends when the
 * event is heard: the next one, which a refresh brings, says what they may do now.
 */
export function changeRolesRoute({ writer, clock }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.changeRoles, async ({ params, body, headers }) => {
    const { userId } = params;
    const expected = parseIfMatch(headers);
    const roles = ROLE_NAMES.filter((role) => body.roles.includes(role));
    const { result, eventIds } = await writer.write(async (tx) => {
      const before = await lockPerson(tx, userId, expected);
      if (roles.join() === ROLE_NAMES.filter((role) => before.roles.includes(role)).join()) {
        return unchanged(presentPerson(before));
      }
      if (!roles.includes('admin')) await keepAnAdmin(tx, before);
      // After the lock: whoever refreshed with the old roles had done so by now.
      const at = new Date(clock.now());
      const row = await tx
        .updateTable('people')
        .set({
          roles,
          version: sql`version + 1`,
          permission_version: sql`permission_version + 1`,
          access_changed_at: at,
          updated_at: at,
        })
        .where('id', '=', userId)
        .returningAll()
        .executeTakeFirstOrThrow();
      const after = presentPerson(row);
      const data = { ...after, changedFields: ['roles'] };
      const changed: NewEvent = { type: 'user.roles_changed', data };
      return { result: after, events: [changed] };
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}
