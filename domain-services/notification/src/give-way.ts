import { readdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

const LINUX_THREADS = '/proc/self/task';

/**
 * Lets everybody else on this machine go first, for good. On Linux a priority is one thread's, not the
 * process's (setpriority(2), "C library/kernel differences"): those that collect garbage were started
 * before and are told one by one; later ones take it from whoever starts them.
 */
export function giveWay(): void {
  const priority = constants.priority.PRIORITY_BELOW_NORMAL;
  setPriority(priority);
  if (process.platform !== 'linux') return;
  for (const thread of readdirSync(LINUX_THREADS)) {
    try {
      setPriority(Number(thread), priority);
    } catch {
      // It has ended since it was listed.
    }
  }
}
