import { notificationCalls, tags } from '@cloudphone/contracts';
import { pageFrom, readPlace, type ServiceTools } from '@cloudphone/domain-service';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import * as z from 'zod';
import type { NotificationTables } from '../schema.ts';
import { presentTemplate, readOfTemplate } from './present-template.ts';
import { selectTemplates } from './select-templates.ts';

/** Templates by code; `ids` are answered at once. */
export function listTemplatesRoute({ db }: ServiceTools<NotificationTables>): Route {
  return answerCall(notificationCalls.listTemplates, async ({ query }) => {
    const { ids } = query;
    const limit = ids === undefined ? query.limit : ids.length;
    const byCode = sql<string>`templates.code collate "C"`;
    let wanted = selectTemplates(db);
    if (ids !== undefined) wanted = wanted.where('id', '=', sql<string>`any(${ids}::uuid[])`);
    if (query.cursor !== undefined) {
      const [code] = readPlace(query.cursor, 'code', z.tuple([z.string()]));
      wanted = wanted.where(byCode, '>', code);
    }
    const rows = await wanted
      .orderBy(byCode)
      .limit(limit + 1)
      .execute();
    const page = pageFrom(rows.map(presentTemplate), limit, ({ code }) => ['code', code]);
    return { body: page, tags: [{ tag: tags.templates() }, ...page.items.map(readOfTemplate)] };
  });
}
