import { appCalls, tags, timeSchema } from '@cloudphone/contracts';
import { pageFrom, readPlace, type ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import { sql } from '@cloudphone/postgres';
import * as z from 'zod';
import type { AppTables } from '../schema.ts';

const place = z.tuple([timeSchema, z.string().max(60)]);

/** The versions of an app, the latest first. */
export function listAppVersionsRoute({ db }: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.listAppVersions, async ({ params: { appId }, query }) => {
    const after =
      query.cursor === undefined ? undefined : readPlace(query.cursor, '-publishedAt', place);
    const app = await db
      .selectFrom('apps')
      .select('version')
      .where('id', '=', appId)
      .executeTakeFirst();
    if (app === undefined) throw notFound('app', appId);
    let wanted = db.selectFrom('app_versions').selectAll().where('app_id', '=', appId);
    if (after !== undefined) {
      const [at, appVersion] = after;
      wanted = wanted.where(
        sql<boolean>`(published_at, app_version) < (${at}::timestamptz, ${appVersion})`,
      );
    }
    const rows = await wanted
      .orderBy('published_at', 'desc')
      .orderBy('app_version', 'desc')
      .limit(query.limit + 1)
      .execute();
    const versions = rows.map((row) => ({
      appId: row.app_id,
      appVersion: row.app_version,
      publishedAt: row.published_at.toISOString(),
    }));
    const page = pageFrom(versions, query.limit, ({ publishedAt, appVersion }) => [
      '-publishedAt',
      publishedAt,
      appVersion,
    ]);
    return { body: page, tags: [{ tag: tags.app(appId), version: app.version }] };
  });
}
