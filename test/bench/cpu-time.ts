import { readFile } from 'node:fs/promises';

/** USER_HZ: what /proc counts in, the same on every Linux. */
const TICKS_PER_SECOND = 100;

/** Processor time that a process has used, all threads, ms; undefined where /proc does not tell. */
export async function cpuTimeMs(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name in brackets may hold spaces; behind it utime and stime are the 12th and 13th.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined) return undefined;
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1_000;
}
