import { appCalls, type Installation } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { notFound } from '@cloudphone/errors';
import type { Written } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { AppTables, AppTransaction } from '../schema.ts';
import { presentInstallation } from './present-installation.ts';

/** Answers what was removed, one version later; a second removal finds nothing (404). */
export function uninstallAppRoute({ writer }: ServiceTools<AppTables>): Route {
  return answerCall(appCalls.uninstallApp, async ({ params }) => {
    const { result, eventIds } = await writer.write((tx) => uninstall(tx, params.installationId));
    return { body: result, eventIds };
  });
}

async function uninstall(
  tx: AppTransaction,
  installationId: string,
): Promise<Written<Installation>> {
  const row = await tx
    .deleteFrom('installations')
    .using('apps')
    .whereRef('apps.id', '=', 'installations.app_id')
    .where('installations.id', '=', installationId)
    .returningAll('installations')
    .returning(['apps.name', 'apps.package_name'])
    .executeTakeFirst();
  if (row === undefined) throw notFound('installation', installationId);
  const result = presentInstallation({ ...row, version: row.version + 1 });
  return {
    result,
    events: [{ type: 'app.uninstalled', data: { ...result, ownerId: row.owner_id } }],
  };
}
