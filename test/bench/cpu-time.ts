import { readdir, readFile } from 'node:fs/promises';

/** USER_HZ: what /proc counts in where it counts in ticks, the same on every Linux. */
const TICKS_PER_SECOND = 100;

/**
 * Processor time that a process has used, all threads, ms; undefined where /proc does not tell.
 * From the scheduler's own count: the ticks of /proc/<pid>/stat are ten milliseconds long, and on a
 * machine that has other work they fall on whoever happens to run.
 */
export async function cpuTimeMs(pid: number): Promise<number | undefined> {
  try {
    const threads = await readdir(`/proc/${pid}/task`);
    const spent = await Promise.all(threads.map((thread) => threadTimeNs(pid, thread)));
    return spent.reduce((sum, ns) => sum + ns, 0) / 1e6;
  } catch {
    return undefined;
  }
}

/** The same of a process and its children, those that have ended, too; 0 where /proc does not tell. */
export async function familyCpuTimeMs(pid: number): Promise<number> {
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  const [stat, children] = await Promise.all([read('stat'), read(`task/${pid}/children`)]);
  const family = [
    pid,
    ...children
      .split(' ')
      .filter((text) => text !== '')
      .map(Number),
  ];
  const living = await Promise.all(family.map(cpuTimeMs));
  // The name in brackets may hold spaces; behind it cutime and cstime are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const endedTicks = Number(fields[13] ?? 0) + Number(fields[14] ?? 0);
  const endedMs = (endedTicks / TICKS_PER_SECOND) * 1_000;
  return living.reduce<number>((sum, ms) => sum + (ms ?? 0), endedMs);
}

/** Nothing for a thread that has just ended. */
async function threadTimeNs(pid: number, thread: string): Promise<number> {
  const schedstat = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(ended);
  return Number(schedstat.split(' ')[0]);
}

function ended(error: NodeJS.ErrnoException): string {
  if (error.code === 'ESRCH') return '0';
  throw error;
}
