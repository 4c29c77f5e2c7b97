import { type EventBody, type Installation, type TagRead, tags } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import type { InstallationTable } from '../schema.ts';

export type InstallationRow = Selectable<InstallationTable>;

/** What others may see of an installation. */
export function presentInstallation(row: InstallationRow): Installation {
  return {
    id: row.id,
    deviceId: row.device_id,
    appId: row.app_id,
    appName: row.app_name,
    packageName: row.package_name,
    appVersion: row.app_version,
    state: row.state,
    error: row.error,
    requestedAt: row.requested_at.toISOString(),
    installedAt: row.installed_at?.toISOString() ?? null,
    version: row.version,
  };
}

/** The same in events, with whom it concerns. */
export function presentForEvent(row: InstallationRow): EventBody<'app.installed'> {
  return { ...presentInstallation(row), ownerId: row.owner_id };
}

/** What the device service is asked for. */
export function presentRequest(
  row: InstallationRow,
  { appVersion, at }: { readonly appVersion: string; readonly at: Date },
): EventBody<'app.install_requested'> {
  return {
    installationId: row.id,
    deviceId: row.device_id,
    appId: row.app_id,
    appName: row.app_name,
    packageName: row.package_name,
    appVersion,
    ownerId: row.owner_id,
    at: at.toISOString(),
  };
}

export function readOfInstallation({ id, version }: Installation): TagRead {
  return { tag: tags.installation(id), version };
}
