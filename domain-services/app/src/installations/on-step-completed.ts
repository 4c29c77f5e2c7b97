import type { NewEvent } from '@cloudphone/contracts';
import { defineReaction, type Reaction } from '@cloudphone/event-log';
import type { Clock } from '@cloudphone/runtime';
import type { AppTables, AppTransaction } from '../schema.ts';
import { changeInstallation, findInstallation } from './change-installation.ts';
import { failStep } from './fail-step.ts';
import { type InstallationRow, presentForEvent } from './present-installation.ts';

const UNEXPLAINED = 'It failed.';

/**
 * Records how an attempt to install or update ended. One that comes after its time-out still counts:
 * what is on the device is the truth. An answer to a former owner's request does not.
 */
export function onInstallCompleted({ clock }: { readonly clock: Clock }): Reaction<AppTables> {
  return defineReaction<'app.install_completed', AppTables>({
    on: 'app.install_completed',
    name: 'record-install',
    run: async ({ data: step }, tx) => {
      const row = await findInstallation(tx, step.installationId);
      if (row === undefined || row.owner_id !== step.ownerId) return [];
      if (row.state === 'uninstalling') return [];
      if (step.outcome === 'failed') return failStep(tx, row, step.error ?? UNEXPLAINED);
      const at = new Date(clock.now());
      return recordInstalled(tx, row, { appVersion: step.appVersion, at });
    },
  });
}

async function recordInstalled(
  tx: AppTransaction,
  row: InstallationRow,
  { appVersion, at }: { readonly appVersion: string; readonly at: Date },
): Promise<NewEvent[]> {
  const isUpdate = row.installed_at !== null;
  if (isUpdate && row.asked_at === null && row.app_version === appVersion) return [];
  const installed = await changeInstallation(tx, row, {
    state: 'installed',
    app_version: appVersion,
    target_version: null,
    error: null,
    installed_at: row.installed_at ?? at,
    asked_at: null,
  });
  const type = isUpdate ? 'app.updated' : 'app.installed';
  return [{ type, data: presentForEvent(installed) }];
}

/** The installation goes when the app is removed, also when that took too long. */
export const onUninstallCompleted = defineReaction<'app.uninstall_completed', AppTables>({
  on: 'app.uninstall_completed',
  name: 'record-uninstall',
  run: async ({ data: step }, tx) => {
    const row = await findInstallation(tx, step.installationId);
    if (row === undefined || row.owner_id !== step.ownerId) return [];
    if (row.state === 'requested' || row.state === 'updating') return [];
    if (step.outcome === 'failed') {
      return row.state === 'uninstalling' ? failStep(tx, row, step.error ?? UNEXPLAINED) : [];
    }
    await tx.deleteFrom('installations').where('id', '=', row.id).execute();
    const data = presentForEvent({ ...row, version: row.version + 1 });
    return [{ type: 'app.uninstalled', data }];
  },
});
