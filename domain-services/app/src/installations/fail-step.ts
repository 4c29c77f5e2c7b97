import type { NewEvent } from '@cloudphone/contracts';
import type { AppTransaction } from '../schema.ts';
import { changeInstallation } from './change-installation.ts';
import { type InstallationRow, presentForEvent } from './present-installation.ts';

/**
 * What was asked of the device service came to nothing: the installation, which the transaction has
 * locked, is what it was before, and says why. Nothing for one that waits for nothing.
 */
export async function failStep(
  tx: AppTransaction,
  row: InstallationRow,
  error: string,
): Promise<NewEvent[]> {
  if (row.asked_at === null) return [];
  const failed = await changeInstallation(tx, row, {
    state: row.installed_at === null ? 'failed' : 'installed',
    target_version: null,
    error,
    asked_at: null,
  });
  const type = row.state === 'uninstalling' ? 'app.uninstall_failed' : 'app.install_failed';
  return [{ type, data: presentForEvent(failed) }];
}
