import { type SpawnOptions, spawn } from 'node:child_process';

export interface CommandOptions extends Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'> {
  readonly timeoutMs?: number;
}

/** Runs a program to its end and gives what it printed. Throws its last lines when it fails. */
export function runCommand(
  program: string,
  args: readonly string[],
  { timeoutMs = 120_000, ...options }: CommandOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      output.stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output.stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(output.stdout);
      const said = lastLines(output.stderr || output.stdout, 15);
      reject(new Error(`${program} ended with ${signal ?? `code ${code}`}:\n${said}`));
    });
  });
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
