import { setTimeout as sleep } from 'node:timers/promises';
import { type RedisServer, startRedis } from '@cloudphone/deploy';
import { connectRedis, type Redis, whenReady } from '@cloudphone/redis';
import { silentLogger } from '@cloudphone/runtime';

/** A server and a way to it that outlasts a change of its port. */
interface Reached {
  readonly server: RedisServer;
  readonly client: Redis;
  close(): Promise<void>;
}

async function reach(server: RedisServer, port: number): Promise<Reached> {
  const url = `redis://127.0.0.1:${port}`;
  const options = { url, name: 'checker', manner: 'patient', logger: silentLogger } as const;
  const connection = connectRedis(options);
  await whenReady(connection, 5_000);
  return { server, client: connection.client, close: connection.close };
}

/** A primary and a replica that has all it has. */
export interface Pair {
  readonly primary: Reached;
  readonly replica: Reached;
}

export async function openPair(
  server: RedisServer,
  options: { readonly port: number; readonly dataDir: string; readonly enginesDir: string },
): Promise<Pair> {
  const { port, dataDir, enginesDir } = options;
  const args = ['--repl-diskless-sync-delay', '0'];
  const standby = await startRedis({ dataDir, enginesDir, args });
  const pair = { primary: await reach(server, port), replica: await reach(standby, standby.port) };
  await follow(pair.replica.client, port);
  return pair;
}

export async function closePair({ primary, replica }: Pair): Promise<void> {
  await Promise.all([primary.close(), replica.close()]);
}

/** Resolves when all is there, and on disk. */
export async function follow(client: Redis, port: number): Promise<void> {
  await client.call('REPLICAOF', '127.0.0.1', String(port));
  const untilMs = performance.now() + 60_000;
  for (;;) {
    const info = await client.info('replication', 'persistence');
    const isThere = info.includes('master_link_status:up');
    const isOnDisk = /aof_rewrite_in_progress:0/.test(info) && /rewrite_scheduled:0/.test(info);
    if (isThere && isOnDisk) return;
    if (performance.now() > untilMs) throw new Error('A replica did not catch up.');
    await sleep(20);
  }
}

export async function promote(client: Redis): Promise<void> {
  await client.call('REPLICAOF', 'NO', 'ONE');
}

/** Who is connected stays; who connects from now on does so under the other port. */
export async function moveTo(client: Redis, port: number): Promise<void> {
  await client.config('SET', 'port', String(port));
}
