import { type SpawnOptions, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines } from './run-command.ts';

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A long-running child in a process group of its own: a terminal's Ctrl-C does not reach it. */
export interface ServerProcess {
  readonly pid: number;
  readonly exited: Promise<ServerExit>;
  isRunning(): boolean;
  /** Resolves when the process is gone, or at once for signals that end nothing (SIGSTOP, SIGCONT). */
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface ServerCommand extends Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'> {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Written to directly, so that the server outlives its parent without a broken pipe. */
  readonly logFile: string;
  readonly isReady: (pid: number) => Promise<boolean>;
  readonly readyTimeoutMs: number;
}

/** Starts a server and waits for it to be ready. Throws its last log lines when it never is. */
export async function startServer(command: ServerCommand): Promise<ServerProcess> {
  const server = await spawnToLog(command);
  const deadline = performance.now() + command.readyTimeoutMs;
  while (!(await command.isReady(server.pid))) {
    const isLate = performance.now() > deadline;
    if (server.isRunning() && !isLate) {
      await sleep(5);
      continue;
    }
    await server.kill('SIGKILL');
    const said = lastLines(await readFile(command.logFile, 'utf8').catch(() => ''), 15);
    const why = isLate ? `is not ready after ${command.readyTimeoutMs} ms` : 'ended at start';
    throw new Error(`${command.name} ${why}. Its last lines (${command.logFile}):\n${said}`);
  }
  return server;
}

async function spawnToLog(command: ServerCommand): Promise<ServerProcess> {
  const { name: _name, program, args, logFile, isReady: _r, readyTimeoutMs: _t, ...rest } = command;
  const log = await open(logFile, 'w');
  try {
    const child = spawn(program, args, {
      ...rest,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    const exited = new Promise<ServerExit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    const isRunning = () => child.exitCode === null && child.signalCode === null;
    const kill = async (signal: NodeJS.Signals) => {
      if (!isRunning()) return;
      child.kill(signal);
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await exited;
    };
    return { pid: child.pid as number, exited, isRunning, kill };
  } finally {
    await log.close();
  }
}
