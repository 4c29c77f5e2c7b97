import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess } from '../processes/end-process.ts';
import type { ServerExit } from '../processes/server-process.ts';
import { answersOk } from './answers-ok.ts';
import type { ProcessLog } from './process-log.ts';
import type { Running } from './supervise.ts';

export interface NodeProgram {
  readonly name: string;
  readonly file: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: ProcessLog;
  /** Answers 200 when the process serves. */
  readonly readyUrl: string;
  readonly readyTimeoutMs: number;
  /** Where its pid is written, and the argument by which it is known again. */
  readonly pidFile: string;
  readonly mark: string;
}

export const STOP_GRACE_MS = 10_000;

/** Runs a bundle and waits until it is ready. Throws its last words when it ends or is late. */
export async function launchNode(program: NodeProgram, signal: AbortSignal): Promise<Running> {
  const child = await spawnNode(program);
  const running = asRunning(child, program);
  const stopOnAbort = () => void running.stop();
  signal.addEventListener('abort', stopOnAbort, { once: true });
  try {
    await untilReady(child, program);
  } catch (error) {
    await running.kill('SIGKILL');
    throw error;
  } finally {
    signal.removeEventListener('abort', stopOnAbort);
  }
  return running;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

async function spawnNode({ file, mark, cwd, env, log, pidFile }: NodeProgram): Promise<Child> {
  const child = spawn(process.execPath, ['--enable-source-maps', file, mark], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  log.follow(child.stdout, child.stderr);
  await once(child, 'spawn');
  await mkdir(dirname(pidFile), { recursive: true });
  await writeFile(pidFile, `${child.pid}\n`);
  return child;
}

function asRunning(child: Child, { log, pidFile }: NodeProgram): Running {
  const pid = child.pid as number;
  const exited = new Promise<ServerExit>((resolve) => {
    // 'close' comes after the last words were read.
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return {
    pid,
    exited,
    stop: async () => {
      if (!hasEnded(child)) await endProcess(pid, { signal: 'SIGTERM', graceMs: STOP_GRACE_MS });
      await rm(pidFile, { force: true });
    },
    kill: async (signal = 'SIGKILL') => {
      if (hasEnded(child)) return;
      child.kill(signal);
      if (signal === 'SIGKILL') await exited;
    },
    lastWords: async () => log.lastWords(),
  };
}

async function untilReady(child: Child, program: NodeProgram): Promise<void> {
  const deadline = performance.now() + program.readyTimeoutMs;
  while (!(await answersOk(program.readyUrl))) {
    const words = () => `Its last words (${program.log.file}):\n${program.log.lastWords()}`;
    if (hasEnded(child)) {
      // What it said is still on its way through the pipe.
      await sleep(50);
      throw new Error(`it ended with ${child.signalCode ?? `code ${child.exitCode}`}. ${words()}`);
    }
    if (performance.now() > deadline) {
      throw new Error(`it is not ready after ${program.readyTimeoutMs / 1_000} s. ${words()}`);
    }
    await sleep(50);
  }
}

function hasEnded(child: Child): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
