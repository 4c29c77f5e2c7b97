import { readFile } from 'node:fs/promises';
import { describeProcess } from './describe-process.ts';

/**
 * The pid in a file's first line, if that process lives and its command line holds `mark`.
 * A pid alone proves nothing: the system hands it to somebody else sooner or later.
 */
export async function findMarkedProcess(file: string, mark: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  if (!(pid > 1)) return undefined;
  const description = await describeProcess(pid);
  return description && holdsMark(description.command, mark) ? pid : undefined;
}

/** Whole arguments only: the mark `/tmp/a` is not found in `/tmp/ab`. */
function holdsMark(command: string, mark: string): boolean {
  return ` ${command} `.includes(` ${mark} `);
}
