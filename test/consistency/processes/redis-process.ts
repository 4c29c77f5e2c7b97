import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type RedisServer, startRedis } from '@cloudphone/deploy';
import { closePair, follow, moveTo, openPair, type Pair, promote } from './standby.ts';

/** A real redis-server of the checker's own, whose life it takes and gives back. */
export interface RedisProcess {
  readonly url: string;
  signal(name: 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** kill −9, then up again from what was on disk. */
  crash(): Promise<void>;
  /** kill −9, a while away, then up again, empty when it is to forget everything. */
  crashFor(awayMs: number, options: { readonly forgets: boolean }): Promise<void>;
  /** Keeps a copy of what is on disk now, while it runs. */
  keepCopy(): Promise<void>;
  /** kill −9, then up again from the copy: every write since then is lost. */
  crashToCopy(): Promise<void>;
  /**
   * A replica that has lacked the last `lackedMs` takes over the address of the primary, which is
   * killed.
   */
  failOver(lackedMs: number): Promise<void>;
  /** A replica takes over, in order; who is connected to the old primary stays so for `staysMs`. */
  handOver(staysMs: number): Promise<void>;
  /** The primary takes over what a replica has, which has lacked the last `lackedMs`, and stays. */
  failBack(lackedMs: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedisProcess(options: {
  readonly dataDir: string;
  readonly projectDir: string;
}): Promise<RedisProcess> {
  const { dataDir, projectDir } = options;
  const enginesDir = join(projectDir, '.data/engines');
  const copy = join(dataDir, 'older-copy');
  const args = ['--repl-diskless-sync-delay', '0'];
  let server: RedisServer = await startRedis({ dataDir, enginesDir, args });
  let standbys = 0;
  const { port, url } = server;
  const files = () => join(server.dataDir, 'appendonlydir');
  const startAgain = async () => {
    server = await startRedis({ dataDir: server.dataDir, enginesDir, args, port });
  };
  const withPair = async (run: (pair: Pair) => Promise<void>) => {
    const standbyDir = join(dataDir, `standby-${++standbys}`);
    const pair = await openPair(server, { port, dataDir: standbyDir, enginesDir });
    try {
      await run(pair);
    } finally {
      await closePair(pair);
    }
  };
  return {
    url,
    signal: (name) => server.kill(name),
    crash: async () => {
      await server.kill();
      await startAgain();
    },
    crashFor: async (awayMs, { forgets }) => {
      await server.kill();
      if (forgets) await rm(files(), { recursive: true, force: true });
      await sleep(awayMs);
      await startAgain();
    },
    keepCopy: async () => {
      await rm(copy, { recursive: true, force: true });
      await cp(files(), copy, { recursive: true });
    },
    crashToCopy: async () => {
      await server.kill();
      await rm(files(), { recursive: true, force: true });
      await cp(copy, files(), { recursive: true });
      await startAgain();
    },
    failOver: (lackedMs) =>
      withPair(async ({ primary, replica }) => {
        await promote(replica.client);
        await sleep(lackedMs);
        await primary.server.kill();
        await moveTo(replica.client, port);
        server = replica.server;
      }),
    handOver: (staysMs) =>
      withPair(async ({ primary, replica }) => {
        await promote(replica.client);
        const elsewhere = await freePort();
        await follow(primary.client, replica.server.port);
        await moveTo(primary.client, elsewhere);
        await moveTo(replica.client, port);
        server = replica.server;
        await sleep(staysMs);
        await primary.server.kill();
      }),
    failBack: (lackedMs) =>
      withPair(async ({ primary, replica }) => {
        await promote(replica.client);
        await sleep(lackedMs);
        await follow(primary.client, replica.server.port);
        await promote(primary.client);
        await replica.server.kill();
      }),
    stop: async () => {
      await server.kill('SIGCONT');
      await server.kill();
    },
  };
}
