import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '@cloudphone/deploy';

/** A real redis-server of the checker's own, whose life it takes and gives back. */
export interface RedisProcess {
  readonly url: string;
  signal(name: 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** kill −9, then up again from what was on disk. */
  crash(): Promise<void>;
  /** Keeps a copy of what is on disk now, while it runs. */
  keepCopy(): Promise<void>;
  /** kill −9, then up again from the copy: every write since then is lost. */
  crashToCopy(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedisProcess(options: {
  readonly dataDir: string;
  readonly projectDir: string;
}): Promise<RedisProcess> {
  const { dataDir, projectDir } = options;
  const enginesDir = join(projectDir, '.data/engines');
  const files = join(dataDir, 'appendonlydir');
  const copy = join(dataDir, 'older-copy');
  let server: RedisServer = await startRedis({ dataDir, enginesDir });
  const { port, url } = server;
  const startAgain = async () => {
    server = await startRedis({ dataDir, enginesDir, port });
  };
  return {
    url,
    signal: (name) => server.kill(name),
    crash: async () => {
      await server.kill();
      await startAgain();
    },
    keepCopy: async () => {
      await rm(copy, { recursive: true, force: true });
      await cp(files, copy, { recursive: true });
    },
    crashToCopy: async () => {
      await server.kill();
      await rm(files, { recursive: true, force: true });
      await cp(copy, files, { recursive: true });
      await startAgain();
    },
    stop: async () => {
      await server.kill('SIGCONT');
      await server.kill();
    },
  };
}
