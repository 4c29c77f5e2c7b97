import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcess } from '../processes/end-process.ts';
import { findMarkedProcess } from '../processes/pid-file.ts';

/**
 * Ends the engines whose data folder is `folder` or lies directly in it, whoever started them,
 * without regard for their data. For throw-away engines whose owner is gone.
 */
export async function endEnginesUnder(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const folders = [folder, ...names.map((name) => join(folder, name))];
  await Promise.all(folders.map(endEngineIn));
}

async function endEngineIn(dataDir: string): Promise<void> {
  const cluster = join(dataDir, 'cluster');
  const [redis, postgres] = await Promise.all([
    findMarkedProcess(join(dataDir, 'redis.pid'), dataDir),
    findMarkedProcess(join(cluster, 'postmaster.pid'), cluster),
  ]);
  if (redis !== undefined) await endProcess(redis, { signal: 'SIGKILL', graceMs: 5_000 });
  // SIGQUIT is PostgreSQL's immediate stop: it takes its children along, which SIGKILL would not.
  if (postgres !== undefined) await endProcess(postgres, { signal: 'SIGQUIT', graceMs: 5_000 });
}
