import { type Installation, type TagRead, tags } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import type { AppTable, InstallationTable } from '../schema.ts';

export type InstallationRow = Selectable<InstallationTable> &
  Pick<Selectable<AppTable>, 'name' | 'package_name'>;

/** What others may see of an installation, in events and answers alike. */
export function presentInstallation(row: InstallationRow): Installation {
  return {
    id: row.id,
    deviceId: row.device_id,
    appId: row.app_id,
    appName: row.name,
    packageName: row.package_name,
    appVersion: row.app_version,
    installedAt: row.installed_at.toISOString(),
    version: row.version,
  };
}

export function readOfInstallation({ id, version }: Installation): TagRead {
  return { tag: tags.installation(id), version };
}
