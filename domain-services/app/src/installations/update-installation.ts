import { appCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { stateConflict } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { AppTables } from '../schema.ts';
import { changeInstallation, lockInstallation } from './change-installation.ts';
import { presentInstallation, presentRequest } from './present-installation.ts';

/** Asks for an installed app's current version; one that is there, or on its way, is no news. */
export function updateInstallationRoute({ writer, clock }: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.updateInstallation, async ({ params: { installationId } }) => {
    const at = new Date(clock.now());
    const { result, eventIds } = await writer.write(async (tx) => {
      const row = await lockInstallation(tx, installationId);
      const app = await tx
        .selectFrom('apps')
        .select(['current_version', 'review_status'])
        .where('id', '=', row.app_id)
        .forShare()
        .executeTakeFirstOrThrow();
      if (app.review_status !== 'approved') {
        throw stateConflict('app', row.app_id, 'Only approved apps can be installed.');
      }
      if (row.state === 'updating') return unchanged(presentInstallation(row));
      if (row.state !== 'installed') {
        throw stateConflict('installation', row.id, `It is ${row.state}.`);
      }
      const appVersion = app.current_version;
      if (row.app_version === appVersion) return unchanged(presentInstallation(row));
      const asked = await changeInstallation(tx, row, {
        state: 'updating',
        target_version: appVersion,
        error: null,
        asked_at: at,
      });
      const data = presentRequest(asked, { appVersion, at });
      return {
        result: presentInstallation(asked),
        events: [{ type: 'app.install_requested', data }],
      };
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}
