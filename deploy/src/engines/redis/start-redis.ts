import { join, resolve } from 'node:path';
import { endProcess } from '../../processes/end-process.ts';
import { claimFolder, releaseFolder } from '../../processes/folder-claim.ts';
import { onFreePort } from '../../processes/free-port.ts';
import { findMarkedProcess } from '../../processes/pid-file.ts';
import { type ServerProcess, startServer } from '../../processes/server-process.ts';
import { answersPing } from './answers-ping.ts';
import { findRedis } from './find-redis.ts';

export interface RedisOptions {
  /** The server's own folder: its append-only file, log and pid file. */
  readonly dataDir: string;
  readonly port?: number;
  /** False keeps nothing on disk. */
  readonly persistent?: boolean;
  /** More arguments of redis-server; they win over ours. */
  readonly args?: readonly string[];
  /** Where a downloaded redis-server is kept for the next time; `<dataDir>/engines` by default. */
  readonly enginesDir?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly logFile: string;
  readonly pid: number;
  readonly exited: ServerProcess['exited'];
  /** Ends it in order: everything acknowledged is on disk. */
  stop(): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Runs a real redis-server of its own on loopback, on a free port unless told. Acknowledged writes
 * survive a crash but for the last second (`appendfsync everysec`); nothing is ever evicted.
 * A server that a killed parent left in `dataDir` is stopped first; one whose parent lives makes
 * this throw, as does a machine where no redis-server can be had (the message says what helps).
 */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const { persistent = true, args = [], env = process.env } = options;
  const dataDir = resolve(options.dataDir);
  const redis = await findRedis(options.enginesDir ?? join(dataDir, 'engines'), env);
  await claimFolder(dataDir, 'Redis');
  const pidFile = join(dataDir, 'redis.pid');
  await stopLeftover(pidFile, dataDir);
  const logFile = join(dataDir, 'redis.log');
  return onFreePort(options.port, async (port) => {
    const server = await startServer({
      name: 'Redis',
      program: redis.program,
      args: [...settings({ port, dataDir, pidFile, persistent }), ...args],
      env: redis.env,
      logFile,
      isReady: (pid) => answersPing(port, pid),
      readyTimeoutMs: 60_000,
    });
    return {
      url: `redis://127.0.0.1:${port}`,
      port,
      dataDir,
      logFile,
      pid: server.pid,
      exited: server.exited,
      stop: async () => {
        if (server.isRunning()) await endProcess(server.pid, ORDERLY_STOP);
        await releaseFolder(dataDir);
      },
      kill: (signal = 'SIGKILL') => server.kill(signal),
    };
  });
}

const ORDERLY_STOP = { signal: 'SIGTERM', graceMs: 10_000 } as const;

async function stopLeftover(pidFile: string, dataDir: string): Promise<void> {
  const pid = await findMarkedProcess(pidFile, dataDir);
  if (pid !== undefined) await endProcess(pid, ORDERLY_STOP);
}

function settings(server: {
  port: number;
  dataDir: string;
  pidFile: string;
  persistent: boolean;
}): string[] {
  return [
    ...['--port', String(server.port), '--bind', '127.0.0.1'],
    ...['--dir', server.dataDir, '--pidfile', server.pidFile],
    // Keeps the data folder in the command line, by which the next start knows this server.
    ...['--set-proc-title', 'no'],
    ...['--appendonly', server.persistent ? 'yes' : 'no', '--appendfsync', 'everysec'],
    ...['--save', '', '--maxmemory-policy', 'noeviction'],
  ];
}
