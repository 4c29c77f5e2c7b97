import { notFound } from '@cloudphone/errors';
import type { Updateable } from '@cloudphone/postgres';
import type { AppTransaction, InstallationTable } from '../schema.ts';
import type { InstallationRow } from './present-installation.ts';

/** An installation as it is, held until the transaction ends; undefined when there is none. */
export function findInstallation(
  tx: AppTransaction,
  installationId: string,
): Promise<InstallationRow | undefined> {
  return tx
    .selectFrom('installations')
    .selectAll()
    .where('id', '=', installationId)
    .forUpdate()
    .executeTakeFirst();
}

/** The same; throws not_found. */
export async function lockInstallation(
  tx: AppTransaction,
  installationId: string,
): Promise<InstallationRow> {
  const row = await findInstallation(tx, installationId);
  if (row === undefined) throw notFound('installation', installationId);
  return row;
}

/** Writes changes of an installation that is locked, as its next version. */
export function changeInstallation(
  tx: AppTransaction,
  { id, version }: InstallationRow,
  changes: Omit<Updateable<InstallationTable>, 'id' | 'version'>,
): Promise<InstallationRow> {
  return tx
    .updateTable('installations')
    .set({ ...changes, version: version + 1 })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}
