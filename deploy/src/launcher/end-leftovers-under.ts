import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcess } from '../processes/end-process.ts';
import { findMarkedProcess } from '../processes/pid-file.ts';
import { launchMark, pidFolder } from './platform-process.ts';

const DEPTH = 3;

/**
 * Ends every engine and process whose data folder is `folder` or lies in it (three levels deep),
 * whoever started it and without regard for its data. For throw-away things whose owner is gone.
 */
export async function endLeftoversUnder(folder: string, depth = DEPTH): Promise<void> {
  await Promise.all([endProcessesOf(folder), endRedisIn(folder), endPostgresIn(folder)]);
  if (depth === 0) return;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory());
  await Promise.all(folders.map(({ name }) => endLeftoversUnder(join(folder, name), depth - 1)));
}

async function endProcessesOf(dataDir: string): Promise<void> {
  const folder = pidFolder(dataDir);
  for (const file of await readdir(folder).catch(() => [])) {
    await endMarked(join(folder, file), launchMark(dataDir), 'SIGKILL');
  }
}

function endRedisIn(dataDir: string): Promise<void> {
  return endMarked(join(dataDir, 'redis.pid'), dataDir, 'SIGKILL');
}

// SIGQUIT is PostgreSQL's immediate stop: it takes its children along, which SIGKILL would not.
function endPostgresIn(dataDir: string): Promise<void> {
  const cluster = join(dataDir, 'cluster');
  return endMarked(join(cluster, 'postmaster.pid'), cluster, 'SIGQUIT');
}

async function endMarked(file: string, mark: string, signal: NodeJS.Signals): Promise<void> {
  const pid = await findMarkedProcess(file, mark);
  if (pid !== undefined) await endProcess(pid, { signal, graceMs: 5_000 });
}
