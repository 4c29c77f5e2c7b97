import { appCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { stateConflict } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import type { AppTables } from '../schema.ts';
import { isLaterVersion } from './app-version-order.ts';
import { lockApp } from './lock-app.ts';
import { presentApp } from './present-app.ts';

/**
 * Makes a later version the current one: what is installed from now on, and what installations can
 * be updated to. The review stays as it was.
 */
export function publishAppVersionRoute({ writer, clock }: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.publishAppVersion, async ({ params: { appId }, body }) => {
    const { appVersion } = body;
    const at = new Date(clock.now());
    const { result, eventIds } = await writer.write(async (tx) => {
      const before = await lockApp(tx, appId);
      if (!isLaterVersion(appVersion, before.current_version)) {
        throw stateConflict('app', appId, `Its current version is ${before.current_version}.`);
      }
      await tx
        .insertInto('app_versions')
        .values({ app_id: appId, app_version: appVersion, published_at: at })
        .execute();
      const row = await tx
        .updateTable('apps')
        .set({ current_version: appVersion, version: before.version + 1, updated_at: at })
        .where('id', '=', appId)
        .returningAll()
        .executeTakeFirstOrThrow();
      const app = presentApp(row);
      return { result: app, events: [{ type: 'app.updated_listing', data: app }] };
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}
