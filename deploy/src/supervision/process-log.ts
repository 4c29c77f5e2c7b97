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
}

const KEPT_LINES = 20;

/** Begins a process's log file; the one of the start before is kept beside it as `….previous`. */
export async function openProcessLog(
  file: string,
  onLine: (line: string) => void,
): Promise<ProcessLog> {
  await mkdir(dirname(file), { recursive: true });
  await rename(file, `${file}.previous`).catch(() => undefined);
  let kept = { stdout: [] as string[], stderr: [] as string[] };
  return {
    file,
    follow: (stdout, stderr) => {
      kept = { stdout: [], stderr: [] };
      copyLines({ from: stdout, file, kept: kept.stdout, onLine });
      copyLines({ from: stderr, file, kept: kept.stderr, onLine });
    },
    lastWords: () => (kept.stderr.length > 0 ? kept.stderr : kept.stdout).join('\n'),
  };
}

interface Copying {
  readonly from: Readable;
  readonly file: string;
  readonly kept: string[];
  readonly onLine: (line: string) => void;
}

function copyLines({ from, file, kept, onLine }: Copying): void {
  // Opened to append, so that both streams and later runs may share one file.
  const sink = createWriteStream(file, { flags: 'a' });
  const lines = createInterface({ input: from });
  lines.on('line', (line) => {
    sink.write(`${line}\n`);
    kept.push(line);
    if (kept.length > KEPT_LINES) kept.shift();
    onLine(line);
  });
  lines.once('close', () => sink.end());
}
