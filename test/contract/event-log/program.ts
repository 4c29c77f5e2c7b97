import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { bundle } from '@cloudphone/deploy';
import { whenDone } from '@cloudphone/test-kit';

export interface RunningProgram {
  /** Whether it has ended, by itself or not. */
  readonly isOver: boolean;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** A program of this folder, built once, to be started and killed many times. */
export async function buildProgram(
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ start(): RunningProgram }> {
  const entry = `test/contract/event-log/${name}.ts`;
  const { file } = await bundle({ name, entry, projectDir: process.cwd() });
  return {
    start: () => {
      const child = spawn(process.execPath, [file], { env: { ...environment }, stdio: 'inherit' });
      const isOver = () => child.exitCode !== null || child.signalCode !== null;
      const kill = () => endChild(child, isOver);
      whenDone(kill);
      return {
        get isOver() {
          return isOver();
        },
        kill,
      };
    },
  };
}

async function endChild(child: ChildProcess, isOver: () => boolean): Promise<void> {
  if (isOver()) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
