import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export function postmasterFile(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}

/** The server says in its own pid file when it serves: first line pid, eighth line state. */
export async function isServing(cluster: string, pid: number): Promise<boolean> {
  const text = await readFile(postmasterFile(cluster), 'utf8').catch(() => '');
  const lines = text.split('\n');
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}
