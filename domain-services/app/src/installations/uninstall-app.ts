import { appCalls } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { AppTables } from '../schema.ts';
import { changeInstallation, lockInstallation } from './change-installation.ts';
import { presentInstallation, presentRequest } from './present-installation.ts';

/**
 * Asks the device service to remove an app, whatever state it is in: of what failed nobody knows
 * what is there. Asked again meanwhile, the answer is the same.
 */
export function uninstallAppRoute({ writer, clock }: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.uninstallApp, async ({ params: { installationId } }) => {
    const at = new Date(clock.now());
    const { result, eventIds } = await writer.write(async (tx) => {
      const row = await lockInstallation(tx, installationId);
      if (row.state === 'uninstalling') return unchanged(presentInstallation(row));
      const asked = await changeInstallation(tx, row, {
        state: 'uninstalling',
        target_version: null,
        error: null,
        asked_at: at,
      });
      const data = presentRequest(asked, { appVersion: asked.app_version, at });
      return {
        result: presentInstallation(asked),
        events: [{ type: 'app.uninstall_requested', data }],
      };
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}
