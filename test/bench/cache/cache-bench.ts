import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '@cloudphone/deploy';
import { type ColdRow, measureColdClients } from './cold-clients.ts';
import { type InvalidationCost, measureInvalidation } from './invalidation-cost.ts';
import { type MemoryPerEntry, measureMemory } from './memory-per-entry.ts';
import { type MissRow, measureMisses } from './miss-latency.ts';
import { measurePeekRate, type PeekRow } from './peek-rate.ts';

/** The view cache alone, on a Redis of its own, beside a popular one. */
export interface CacheBench {
  readonly peeks: readonly PeekRow[];
  readonly misses: readonly MissRow[];
  readonly cold: readonly ColdRow[];
  readonly memory: MemoryPerEntry;
  readonly invalidation: InvalidationCost;
}

/** A rejection of `interrupted` is passed on when what was started has ended. */
export async function measureCache(
  projectDir: string,
  interrupted: Promise<never>,
): Promise<CacheBench> {
  const withRedis = <Result>(use: (url: string) => Promise<Result>) =>
    withBenchRedis(projectDir, ({ url }) => Promise.race([use(url), interrupted]));
  // One after the other, each on an empty Redis.
  return {
    peeks: await withRedis(measurePeekRate),
    misses: await withRedis(measureMisses),
    cold: await withRedis((url) => measureColdClients(url, projectDir)),
    memory: await withRedis(measureMemory),
    invalidation: await withRedis(measureInvalidation),
  };
}

async function withBenchRedis<Result>(
  projectDir: string,
  use: (redis: RedisServer) => Promise<Result>,
): Promise<Result> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudphone-bench-'));
  const enginesDir = join(projectDir, '.data/engines');
  const redis = await startRedis({ dataDir, enginesDir, persistent: false });
  try {
    return await use(redis);
  } finally {
    await redis.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
