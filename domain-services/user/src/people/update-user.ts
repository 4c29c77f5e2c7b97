import { type NewEvent, userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, parseIfMatch, type Route } from '@cloudphone/http';
import { isUniqueViolation, sql } from '@cloudphone/postgres';
import type { UserTables } from '../schema.ts';
import { accountFacts } from './account-facts.ts';
import { lockPerson } from './lock-person.ts';
import { presentPerson } from './present-person.ts';
import { checkTimeZone } from './time-zone.ts';

/**
 * Changes what others may change of a person. With `If-Match` it is refused (409) when somebody was
 * faster; without, the last one wins. Changing nothing keeps the version. `user.updated` says what the
 * person is now; `user.profile_updated` follows it when they did it themselves.
 */
export function updateUserRoute({ writer, clock }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.updateUser, async ({ params, body, headers, identity }) => {
    const { userId } = params;
    const expected = parseIfMatch(headers);
    if (body.timeZone !== undefined) checkTimeZone(body.timeZone);
    const write = writer.write(async (tx) => {
      const before = await lockPerson(tx, userId, expected);
      const wanted = {
        name: body.name ?? before.name,
        email: body.email ?? before.email,
        locale: body.locale ?? before.locale,
        time_zone: body.timeZone ?? before.time_zone,
      };
      const columns = Object.keys(wanted) as (keyof typeof wanted)[];
      const changed = columns.filter((column) => wanted[column] !== before[column]);
      if (changed.length === 0) return unchanged(presentPerson(before));
      const at = new Date(clock.now());
      const row = await tx
        .updateTable('people')
        .set({ ...wanted, version: sql`version + 1`, updated_at: at })
        .where('id', '=', userId)
        .returningAll()
        .executeTakeFirstOrThrow();
      const after = presentPerson(row);
      const changedFields = changed.map((column) => (column === 'time_zone' ? 'timeZone' : column));
      const own: NewEvent[] =
        identity.userId === userId
          ? [{ type: 'user.profile_updated', data: { ...accountFacts(row, at), changedFields } }]
          : [];
      const updated: NewEvent = { type: 'user.updated', data: { ...after, changedFields } };
      return { result: after, events: [updated, ...own] };
    });
    const { result, eventIds } = await write.catch((err: unknown) => {
      throw isUniqueViolation(err, 'people_email')
        ? appError('already_exists', { detail: 'This e-mail address belongs to another account.' })
        : err;
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}
