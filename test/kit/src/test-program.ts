import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { bundle } from '@cloudphone/deploy';
import { whenDone } from './when-done.ts';

export interface TestProgram {
  readonly pid: number;
  /** What it has written so far, on both streams. */
  output(): string;
  /** SIGKILL unless told; resolves when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * One of the platform's programs as a process of its own, bundled as a start does it, to be killed in
 * the middle of its work. It ends with the test that asked for it.
 */
export async function testProgram(options: {
  /** The bundle's name: the program's. */
  readonly name: string;
  /** From the project's folder: `domain-services/notification/src/worker.ts`. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string>>;
}): Promise<TestProgram> {
  const { name, entry, environment } = options;
  const { file } = await bundle({ name, entry, projectDir: process.cwd() });
  const child: ChildProcess = spawn(process.execPath, [file], { env: { ...environment } });
  let output = '';
  const listen = (text: Buffer) => {
    output += text.toString();
  };
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  whenDone(() => kill());
  await once(child, 'spawn');
  return { pid: child.pid ?? 0, output: () => output, kill };
}
