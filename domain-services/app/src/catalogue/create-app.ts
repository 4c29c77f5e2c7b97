import { appCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { appError } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import { timeOrderedId } from '@cloudphone/runtime';
import type { AppTables } from '../schema.ts';
import { presentApp } from './present-app.ts';

/** A listing that waits for its review; a package is listed once. */
export function createAppRoute({ writer, clock }: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.createApp, async ({ body }) => {
    const at = new Date(clock.now());
    const { result, eventIds } = await writer.write(async (tx) => {
      const row = await tx
        .insertInto('apps')
        .values({
          id: timeOrderedId(at.getTime()),
          package_name: body.packageName,
          name: body.name,
          category: body.category,
          current_version: body.currentVersion,
          review_status: 'pending',
          version: 1,
          created_at: at,
          updated_at: at,
        })
        .onConflict((conflict) => conflict.column('package_name').doNothing())
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) {
        throw appError('already_exists', { detail: 'This package is listed already.' });
      }
      await tx
        .insertInto('app_versions')
        .values({ app_id: row.id, app_version: row.current_version, published_at: at })
        .execute();
      const app = presentApp(row);
      return { result: app, events: [{ type: 'app.created', data: app }] };
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}
