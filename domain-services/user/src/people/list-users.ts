import { tags, userCalls } from '@cloudphone/contracts';
import {
  pageFrom,
  prefixPattern,
  readPlace,
  readsOfBatch,
  type ServiceTools,
} from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import * as z from 'zod';
import type { UserTables } from '../schema.ts';
import { presentPerson, readOf } from './present-person.ts';

/**
 * People by user name. `ids` are answered at once, whatever the limit; those that do not exist are
 * left out, and named in the tags, so that the answer changes when they come to be.
 */
export function listUsersRoute({ db }: ServiceTools<UserTables>): Route {
  return answerCall(userCalls.listUsers, async ({ query }) => {
    const { ids, q, status } = query;
    const limit = ids === undefined ? query.limit : ids.length;
    const byName = sql<string>`username collate "C"`;

    let wanted = db.selectFrom('people').selectAll();
    if (ids !== undefined) wanted = wanted.where('id', '=', sql<string>`any(${ids}::uuid[])`);
    if (status !== undefined) wanted = wanted.where('status', '=', status);
    if (q !== undefined) {
      const pattern = prefixPattern(q);
      wanted = wanted.where((is) =>
        is.or([
          is(sql<string>`lower(username)`, 'like', pattern),
          is(sql<string>`lower(name)`, 'like', pattern),
          is(sql<string>`lower(email)`, 'like', pattern),
        ]),
      );
    }
    if (query.cursor !== undefined) {
      const [username] = readPlace(query.cursor, 'username', z.tuple([z.string()]));
      wanted = wanted.where(byName, '>', username);
    }
    const rows = await wanted
      .orderBy(byName)
      .limit(limit + 1)
      .execute();
    const page = pageFrom(rows.map(presentPerson), limit, (person) => [
      'username',
      person.username,
    ]);

    const present = page.items.map(readOf);
    const reads =
      ids === undefined
        ? [{ tag: tags.users() }, ...present]
        : readsOfBatch(ids, tags.user, present);
    return { body: page, tags: reads };
  });
}
