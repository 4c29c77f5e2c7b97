import { appCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { versionConflict } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, parseIfMatch, type Route } from '@cloudphone/http';
import type { AppTables } from '../schema.ts';
import { lockApp } from './lock-app.ts';
import { presentApp } from './present-app.ts';

/** Changes a listing's name or category. With `If-Match`: 409 when somebody was faster. */
export function updateAppRoute({ writer, clock }: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.updateApp, async ({ params: { appId }, body, headers }) => {
    const expected = parseIfMatch(headers);
    const { result, eventIds } = await writer.write(async (tx) => {
      const before = await lockApp(tx, appId);
      if (expected !== undefined && expected !== before.version) {
        throw versionConflict('app', appId, before.version);
      }
      const { name = before.name, category = before.category } = body;
      if (name === before.name && category === before.category) {
        return unchanged(presentApp(before));
      }
      const row = await tx
        .updateTable('apps')
        .set({ name, category, version: before.version + 1, updated_at: new Date(clock.now()) })
        .where('id', '=', appId)
        .returningAll()
        .executeTakeFirstOrThrow();
      const app = presentApp(row);
      return { result: app, events: [{ type: 'app.updated_listing', data: app }] };
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}
