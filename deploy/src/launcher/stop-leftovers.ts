import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcess } from '../processes/end-process.ts';
import { findMarkedProcess } from '../processes/pid-file.ts';
import { STOP_GRACE_MS } from '../supervision/launch-node.ts';
import { launchMark, pidFolder } from './platform-process.ts';

/** Ends the processes that a killed launcher left behind for this data folder, in order. */
export async function stopLeftovers(
  dataDir: string,
  report: (line: string) => void,
): Promise<void> {
  const folder = pidFolder(dataDir);
  const files = await readdir(folder).catch(() => []);
  await Promise.all(
    files.map(async (file) => {
      const pid = await findMarkedProcess(join(folder, file), launchMark(dataDir));
      if (pid === undefined) return;
      report(`Stopping ${file.replace('.pid', '')} (process ${pid}), left by an earlier start.`);
      await endProcess(pid, { signal: 'SIGTERM', graceMs: STOP_GRACE_MS });
    }),
  );
  await rm(folder, { recursive: true, force: true });
}
