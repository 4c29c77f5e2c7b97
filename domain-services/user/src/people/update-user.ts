import { userCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError, invalidInput, notFound, versionConflict } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, parseIfMatch, type Route } from '@cloudphone/http';
import { isUniqueViolation, sql } from '@cloudphone/postgres';
import type { UserTables } from '../schema.ts';
import { presentPerson } from './present-person.ts';

/**
 * Changes what others may change of a person. With `If-Match` it is refused (409) when somebody was
 * faster; without, the last one wins. Changing nothing keeps the version.
 */
export function updateUserRoute({ writer, clock }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.updateUser, async ({ params, body, headers }) => {
    const { userId } = params;
    const expected = parseIfMatch(headers);
    if (body.timeZone !== undefined) checkTimeZone(body.timeZone);
    const write = writer.write(async (tx) => {
      const before = await tx
        .selectFrom('people')
        .selectAll()
        .where('id', '=', userId)
        .forUpdate()
        .executeTakeFirst();
      if (before === undefined) throw notFound('user', userId);
      if (expected !== undefined && expected !== before.version) {
        throw versionConflict('user', userId, before.version);
      }
      const wanted = {
        name: body.name ?? before.name,
        email: body.email ?? before.email,
        locale: body.locale ?? before.locale,
        time_zone: body.timeZone ?? before.time_zone,
      };
      const isChanged = (Object.keys(wanted) as (keyof typeof wanted)[]).some(
        (column) => wanted[column] !== before[column],
      );
      if (!isChanged) return unchanged(presentPerson(before));
      const row = await tx
        .updateTable('people')
        .set({ ...wanted, version: sql`version + 1`, updated_at: new Date(clock.now()) })
        .where('id', '=', userId)
        .returningAll()
        .executeTakeFirstOrThrow();
      const after = presentPerson(row);
      return { result: after, events: [{ type: 'user.updated', data: after }] };
    });
    const { result, eventIds } = await write.catch((err: unknown) => {
      throw isUniqueViolation(err, 'people_email')
        ? appError('already_exists', { detail: 'This e-mail address belongs to another account.' })
        : err;
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}

function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw invalidInput([{ path: 'body.timeZone', message: 'not a time zone (IANA name)' }]);
  }
}
