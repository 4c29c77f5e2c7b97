import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '@cloudphone/deploy';
import { inject } from 'vitest';
import { whenDone } from './when-done.ts';

export interface TestRedisOptions {
  /** With an append-only file, as in production; needed for `restart({ keepData: true })`. */
  readonly persistent?: boolean;
  /** More arguments of redis-server. */
  readonly args?: readonly string[];
}

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** SIGKILL unless told; resolves when the server is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Up again on the same port, whether it still ran or was killed; empty unless data is kept. */
  restart(options?: { readonly keepData?: boolean }): Promise<void>;
  /** Holds the server as a stalled machine would: connections stay open, nothing answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A real redis-server for the caller alone, up in some 50 ms. It stops with the test that asked for
 * it, or with the file when asked for outside a test; `stop` is there for the impatient.
 */
export async function testRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const dataDir = await mkdtemp(join(inject('runFolder'), 'redis-'));
  let server: RedisServer = await startRedis({ ...redisFor(options), dataDir });
  const { port } = server;
  const start = () => startRedis({ ...redisFor(options), dataDir, port });
  const kill = (signal?: NodeJS.Signals) => server.kill(signal);
  const resume = () => kill('SIGCONT');
  const stop = async () => {
    await kill();
    await rm(dataDir, { recursive: true, force: true });
  };
  whenDone(stop);
  return {
    url: server.url,
    port,
    get pid() {
      return server.pid;
    },
    kill,
    restart: async ({ keepData = false } = {}) => {
      await resume();
      await (keepData ? server.stop() : kill());
      if (!keepData) await rm(join(dataDir, 'appendonlydir'), { recursive: true, force: true });
      server = await start();
    },
    pause: () => kill('SIGSTOP'),
    resume,
    stop,
  };
}

function redisFor({ persistent = true, args = [] }: TestRedisOptions) {
  return { persistent, args, enginesDir: join(process.cwd(), '.data/engines') };
}
