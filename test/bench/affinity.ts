import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Which cores belong to whom while requests are counted. */
export interface Affinity {
  readonly all: readonly number[];
  /** The one measured server's. */
  readonly server: readonly number[];
  /** The load generator's, and everything else's. */
  readonly others: readonly number[];
}

/** Undefined where processes cannot be kept on cores: no taskset, or one core only. */
export async function planAffinity(): Promise<Affinity | undefined> {
  try {
    await run('taskset', ['-c', '-p', String(process.pid)]);
    const all = parseCores(await readFile('/proc/self/status', 'utf8'));
    const [first, ...others] = all;
    if (first === undefined || others.length === 0) return undefined;
    return { all, server: [first], others };
  } catch {
    // Not Linux, or a small image: the figures are then printed as not pinned.
    return undefined;
  }
}

/** Keeps all threads of these processes on these cores; one that has ended is passed over. */
export async function pin(pids: readonly number[], cores: readonly number[]): Promise<void> {
  const list = cores.join(',');
  await Promise.allSettled(pids.map((pid) => run('taskset', ['-a', '-c', '-p', list, `${pid}`])));
}

/** `Cpus_allowed_list: 0-3,6`. */
function parseCores(status: string): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [from = Number.NaN, to = from] = range.split('-').map(Number);
    return Number.isNaN(from) ? [] : Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}
