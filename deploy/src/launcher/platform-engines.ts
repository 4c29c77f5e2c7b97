import { join } from 'node:path';
import { startPostgres } from '../engines/postgres/start-postgres.ts';
import { startRedis } from '../engines/redis/start-redis.ts';
import { freePort } from '../processes/free-port.ts';
import { type Supervised, supervise } from '../supervision/supervise.ts';

/** An engine that the platform uses: its own, under supervision, or one that it was told of. */
export interface PlatformEngine {
  readonly url: string;
  /** Absent for an engine that is not ours to control. */
  readonly own?: Supervised;
  readonly dataDir?: string;
}

export interface EngineOptions {
  readonly dataDir: string;
  readonly enginesDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
}

export async function openRedis(options: EngineOptions): Promise<PlatformEngine> {
  const { env, enginesDir, report } = options;
  if (env.REDIS_URL) return { url: env.REDIS_URL };
  const dataDir = join(options.dataDir, 'redis');
  const port = await freePort();
  const launch = () => startRedis({ dataDir, enginesDir, port, env });
  const own = supervise({ name: 'Redis', launch, report, attemptsAtStart: 1 });
  await own.start();
  report(`Redis is ready on port ${port}.`);
  return { url: `redis://127.0.0.1:${port}`, own, dataDir };
}

export interface PlatformDatabases extends PlatformEngine {
  databaseUrl(name: string): string;
}

export async function openPostgres(options: EngineOptions): Promise<PlatformDatabases> {
  const { env, report } = options;
  const told = env.DATABASE_URL;
  if (told) return { url: told, databaseUrl: (name) => withDatabase(told, name) };
  const port = await freePort();
  let dataDir = join(options.dataDir, 'postgres');
  let url = '';
  const launch = async () => {
    const server = await startPostgres({ dataDir: join(options.dataDir, 'postgres'), port, env });
    dataDir = server.dataDir;
    url = server.url('postgres');
    return server;
  };
  const own = supervise({ name: 'PostgreSQL', launch, report, attemptsAtStart: 1 });
  await own.start();
  report(`PostgreSQL is ready on port ${port}.`);
  return { url, own, dataDir, databaseUrl: (name) => withDatabase(url, name) };
}

/** The same server and parameters, another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
