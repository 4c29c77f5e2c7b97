import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface ProcessLog {
  readonly file: string;
  /** Copies what a process says, line by line, until it ends. */
  follow(stdout: Readable, stderr: Readable): void;
  /** The last lines on stderr since the last `follow`, or on stdout when stderr was silent. */
  lastWords(): string;
  close(): void;
}

const KEPT_LINES = 20;

/** Opens a process's log file; the one of the start before is kept beside it as `….previous`. */
export async function openProcessLog(
  file: string,
  onLine: (line: string) => void,
): Promise<ProcessLog> {
  await mkdir(dirname(file), { recursive: true });
  await rename(file, `${file}.previous`).catch(() => undefined);
  const sink = createWriteStream(file);
  let kept = { stdout: [] as string[], stderr: [] as string[] };
  const copy = (from: Readable, lines: string[]) => {
    createInterface({ input: from }).on('line', (line) => {
      sink.write(`${line}\n`);
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      onLine(line);
    });
  };
  return {
    file,
    follow: (stdout, stderr) => {
      kept = { stdout: [], stderr: [] };
      copy(stdout, kept.stdout);
      copy(stderr, kept.stderr);
    },
    lastWords: () => (kept.stderr.length > 0 ? kept.stderr : kept.stdout).join('\n'),
    close: () => sink.end(),
  };
}
