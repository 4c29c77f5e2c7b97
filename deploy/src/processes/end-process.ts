import { setTimeout as sleep } from 'node:timers/promises';
import { describeProcess } from './describe-process.ts';

/** Sends `signal`, waits up to `graceMs` for the end, then SIGKILL. The pid need not be a child of ours. */
export async function endProcess(
  pid: number,
  { signal, graceMs }: { signal: NodeJS.Signals; graceMs: number },
): Promise<void> {
  if (!send(pid, signal)) return;
  if (await isGoneWithin(pid, graceMs)) return;
  if (!send(pid, 'SIGKILL')) return;
  if (!(await isGoneWithin(pid, 5_000))) throw new Error(`Process ${pid} survives SIGKILL.`);
}

async function isGoneWithin(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  do {
    if ((await describeProcess(pid)) === undefined) return true;
    await sleep(10);
  } while (performance.now() < deadline);
  return false;
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
