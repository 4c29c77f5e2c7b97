import { appCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { AppTables } from '../schema.ts';
import { presentApp, readOfApp } from './present-app.ts';

export function getAppRoute({ db }: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.getApp, async ({ params }) => {
    const row = await db
      .selectFrom('apps')
      .selectAll()
      .where('id', '=', params.appId)
      .executeTakeFirst();
    if (row === undefined) throw notFound('app', params.appId);
    const app = presentApp(row);
    return { body: app, tags: [readOfApp(app)], etagVersion: app.version };
  });
}
