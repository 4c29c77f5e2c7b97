import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess } from '../../processes/end-process.ts';
import { claimFolder, releaseFolder } from '../../processes/folder-claim.ts';
import { onFreePort } from '../../processes/free-port.ts';
import { findMarkedProcess } from '../../processes/pid-file.ts';
import {
  type ServerCommand,
  type ServerProcess,
  startServer,
} from '../../processes/server-process.ts';
import { createCluster } from './create-cluster.ts';
import { findPostgres } from './find-postgres.ts';
import { placePostgres } from './place-postgres.ts';
import { postgresUrl, socketFolderOf } from './postgres-url.ts';
import { isServing, postmasterFile } from './postmaster-file.ts';

export interface PostgresOptions {
  /** The server's own folder: its log, and the databases in `cluster/`. */
  readonly dataDir: string;
  readonly port?: number;
  /** Settings as in postgresql.conf; they win over ours. Durability (fsync) is on unless set off here. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly env?: NodeJS.ProcessEnv;
}

export interface PostgresServer {
  /**
   * The address of a database, which need not exist. User `postgres`, no password. It names the
   * server's Unix socket (`?host=`, as libpq and pg take it) and the loopback port, for tools that
   * know no sockets; where the folder's path is too long for a socket, the port alone.
   */
  url(database: string): string;
  readonly port: number;
  /** Where the files are: under /var/tmp when root's `dataDir` is closed to unprivileged users. */
  readonly dataDir: string;
  readonly logFile: string;
  readonly pid: number;
  readonly exited: ServerProcess['exited'];
  /** Ends it in order, cutting off those still connected. */
  stop(): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Runs a real PostgreSQL of its own on loopback, on a free port unless told; the first start makes
 * its databases. Run by root it becomes nobody. A server that a killed parent left in `dataDir` is
 * stopped first; one whose parent lives makes this throw, as does a machine without PostgreSQL.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { settings = {}, env = process.env } = options;
  const dataDir = resolve(options.dataDir);
  await claimFolder(dataDir, 'PostgreSQL');
  const place = await placePostgres(await findPostgres(env), dataDir);
  const cluster = join(place.folder, 'cluster');
  await stopLeftover(cluster);
  await createCluster(cluster, place);
  const socketFolder = socketFolderOf(cluster);
  const logFile = join(dataDir, 'postgres.log');
  return onFreePort(options.port, async (port) => {
    const server = await startWhenLeft({
      ...place.identity,
      name: 'PostgreSQL',
      program: place.programs.postgres,
      args: [
        ...['-D', cluster, '-p', String(port)],
        ...asArguments({ ...SETTINGS, unix_socket_directories: socketFolder ?? '', ...settings }),
      ],
      cwd: '/',
      env: { ...env, LC_ALL: 'C' },
      logFile,
      isReady: (pid) => isServing(cluster, pid),
      readyTimeoutMs: 120_000,
    });
    return {
      url: (database) => postgresUrl({ port, database, socketFolder }),
      port,
      dataDir: place.folder,
      logFile,
      pid: server.pid,
      exited: server.exited,
      stop: async () => {
        if (server.isRunning()) await endProcess(server.pid, FAST_STOP);
        await releaseFolder(dataDir);
      },
      kill: (signal = 'SIGKILL') => server.kill(signal),
    };
  });
}

const LEAVING_MS = 10_000;
const LOOK_AGAIN_MS = 200;

/** Those whom a killed server left behind end by themselves; it is not started beside them. */
async function startWhenLeft(command: ServerCommand): Promise<ServerProcess> {
  const untilMs = performance.now() + LEAVING_MS;
  for (;;) {
    try {
      return await startServer(command);
    } catch (error) {
      if (!/is still in use/.test(String(error)) || performance.now() > untilMs) throw error;
      await sleep(LOOK_AGAIN_MS);
    }
  }
}

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  max_connections: '300',
  shared_buffers: '64MB',
};

// PostgreSQL's own names: SIGINT is the fast stop, SIGTERM waits for every client to leave.
const FAST_STOP = { signal: 'SIGINT', graceMs: 30_000 } as const;

function asArguments(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function stopLeftover(cluster: string): Promise<void> {
  const pid = await findMarkedProcess(postmasterFile(cluster), cluster);
  if (pid !== undefined) await endProcess(pid, FAST_STOP);
}
