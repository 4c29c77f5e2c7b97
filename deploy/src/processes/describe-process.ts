import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** What the operating system says of a running process; `startedAt` tells apart two users of one pid. */
export interface ProcessDescription {
  readonly pid: number;
  readonly startedAt: string;
  readonly command: string;
}

/** Absent for a pid that nobody has and for one that has ended but was not collected (a zombie). */
export async function describeProcess(pid: number): Promise<ProcessDescription | undefined> {
  return process.platform === 'linux' ? describeFromProc(pid) : describeFromPs(pid);
}

async function describeFromProc(pid: number): Promise<ProcessDescription | undefined> {
  try {
    const [stat, commandLine] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    // The second field is the program's name in parentheses and may itself hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, threads, startedAt] = [fields[0], fields[17], fields[19]];
    // A process whose first thread has ended holds its ports until its last thread has.
    const hasEnded = state === 'X' || (state === 'Z' && Number(threads) <= 1);
    if (hasEnded || startedAt === undefined) return undefined;
    return { pid, startedAt, command: commandLine.replaceAll('\0', ' ').trim() };
  } catch {
    return undefined;
  }
}

function describeFromPs(pid: number): Promise<ProcessDescription | undefined> {
  const columns = ['-o', 'stat=,lstart=,command=', '-p', String(pid)];
  return new Promise((resolve) => {
    execFile('/bin/ps', columns, { env: { LC_ALL: 'C' } }, (error, stdout) => {
      const row = /^(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/m.exec(stdout);
      if (error || !row?.[1] || !row[2] || row[1].startsWith('Z')) return resolve(undefined);
      resolve({ pid, startedAt: row[2], command: row[3] ?? '' });
    });
  });
}
