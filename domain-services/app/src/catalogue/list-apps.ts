import { appCalls, tags } from '@cloudphone/contracts';
import { pageFrom, readPlace, readsOfBatch, type ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import * as z from 'zod';
import type { AppTables } from '../schema.ts';
import { presentApp, readOfApp } from './present-app.ts';

const place = z.tuple([z.string(), z.uuid()]);

/** By name. `ids` are answered at once, whatever the limit; those that do not exist are left out. */
export function listAppsRoute({ db }: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.listApps, async ({ query }) => {
    const { ids, reviewStatus } = query;
    const limit = ids?.length ?? query.limit;
    let wanted = db.selectFrom('apps').selectAll();
    if (ids !== undefined) wanted = wanted.where('id', '=', sql<string>`any(${ids}::uuid[])`);
    if (reviewStatus !== undefined) wanted = wanted.where('review_status', '=', reviewStatus);
    if (query.cursor !== undefined) {
      const [name, id] = readPlace(query.cursor, 'name', place);
      wanted = wanted.where(sql<boolean>`(name collate "C", id) > (${name}, ${id}::uuid)`);
    }
    const rows = await wanted
      .orderBy(sql`name collate "C"`)
      .orderBy('id')
      .limit(limit + 1)
      .execute();

    const page = pageFrom(rows.map(presentApp), limit, ({ name, id }) => ['name', name, id]);
    const present = page.items.map(readOfApp);
    if (ids !== undefined) return { body: page, tags: readsOfBatch(ids, tags.app, present) };
    return { body: page, tags: [{ tag: tags.apps() }, ...present] };
  });
}
