import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimFolder, endLeftoversUnder, findFolderOwner } from '@cloudphone/deploy';

const RUNS = join(tmpdir(), `cloudphone-tests-${process.getuid?.() ?? 'user'}`);

/** The folder of this test run, under which every engine that it starts has its own. */
export async function openRunFolder(): Promise<string> {
  await mkdir(RUNS, { recursive: true });
  await removeAbandonedRuns();
  // Claimed before it bears the name that other runs look for.
  const draft = await mkdtemp(join(RUNS, 'draft-'));
  await claimFolder(draft, 'This test run');
  // PostgreSQL runs as nobody when root tests, and has to get through.
  await chmod(draft, 0o755);
  const folder = draft.replace('draft-', 'run-');
  await rename(draft, folder);
  return folder;
}

/** Ends whatever still runs in a run's folder, whoever started it, and deletes the folder. */
export async function closeRunFolder(folder: string): Promise<void> {
  await endLeftoversUnder(folder);
  await rm(folder, { recursive: true, force: true });
}

/** A run that was killed leaves its engines behind; the next run ends them. */
async function removeAbandonedRuns(): Promise<void> {
  for (const name of await readdir(RUNS)) {
    const folder = join(RUNS, name);
    if (!name.startsWith('run-') || (await findFolderOwner(folder)) !== undefined) continue;
    await closeRunFolder(folder);
  }
}
