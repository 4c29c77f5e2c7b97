import { access, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../processes/run-command.ts';
import { ownFolder, type PostgresPlace } from './place-postgres.ts';

/** Makes the database folder on first use. One that was interrupted is never taken for finished. */
export async function createCluster(folder: string, place: PostgresPlace): Promise<void> {
  if (await exists(join(folder, 'PG_VERSION'))) return;
  await refuseForeign(folder);
  const unfinished = `${folder}-unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await ownFolder(unfinished, place);
  const how = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-locale'];
  await runCommand(place.programs.initdb, ['-D', unfinished, ...how, '--no-instructions'], {
    ...place.identity,
    cwd: '/',
    env: { ...process.env, LC_ALL: 'C' },
  });
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
}

async function refuseForeign(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  if (names.length > 0) throw new Error(`${folder} holds files that are not a PostgreSQL cluster.`);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
