import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, endLeftoversUnder } from '@cloudphone/deploy';
import type { ConsistencySettings } from '../consistency-settings.ts';
import type { Evidence } from '../evidence.ts';
import type { NodeReport } from '../findings.ts';
import type { NodeSettings } from '../node/node-process.ts';
import type { TruthSettings } from '../truth/truth-process.ts';
import { type Child, startChild } from './child.ts';
import { type RedisProcess, startRedisProcess } from './redis-process.ts';

export interface ClusterNode {
  readonly name: string;
  /** The present process under this name. */
  readonly child: Child;
  /** Kills it and starts another. */
  replace(): Promise<void>;
}

/** All processes of one run, on engines of their own. */
export interface Cluster {
  readonly redis: RedisProcess;
  readonly truth: Child;
  readonly nodes: readonly ClusterNode[];
  /** Whether views are kept on a server of their own, apart from the log. */
  readonly hasCacheServer: boolean;
  stop(): Promise<void>;
}

interface ClusterOptions {
  readonly settings: ConsistencySettings;
  readonly seed: number;
  readonly projectDir: string;
  readonly evidence: Evidence;
  readonly hasCacheServer: boolean;
  /** Reads per second and node. */
  readonly readRate: number;
}

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { projectDir, settings, seed, hasCacheServer } = options;
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudphone-consistency-'));
  const closings: (() => Promise<void>)[] = [
    async () => {
      await endLeftoversUnder(dataDir);
      await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
    },
  ];
  const stop = async () => {
    for (const close of closings.splice(0).reverse()) {
      await close().catch((error: unknown) => console.error('not closed in order:', error));
    }
  };
  const startServer = async (name: string) => {
    const server = await startRedisProcess({ dataDir: join(dataDir, name), projectDir });
    closings.push(server.stop);
    return server;
  };
  const build = async (name: string, entry: string) =>
    (await bundle({ name: `consistency-${name}`, entry, projectDir })).file;
  const fork = async (file: string) => {
    const child = await startChild(file);
    closings.push(child.end);
    return child;
  };
  try {
    const truthFile = await build('truth', 'test/consistency/truth/truth-process.ts');
    const nodeFile = await build('node', 'test/consistency/node/node-process.ts');
    const redis = await startServer('redis');
    const cacheRedis = hasCacheServer ? await startServer('cache-redis') : redis;
    const truth = await fork(truthFile);
    const truthSettings: TruthSettings = { redisUrl: redis.url, seed };
    const truthUrl = await truth.ask<string>('start', truthSettings);
    const startNode = async (name: string): Promise<Child> => {
      const child = await fork(nodeFile);
      child.onTold((report) => options.evidence.add(report as NodeReport));
      const nodeSettings: NodeSettings = {
        name,
        subject: settings.subject,
        seed,
        logRedisUrl: redis.url,
        cacheRedisUrl: cacheRedis.url,
        truthUrl,
        heartbeatMs: settings.heartbeatMs,
        isVerbose: settings.isVerbose,
      };
      await child.ask('start', nodeSettings);
      return child;
    };
    const names = Array.from({ length: settings.nodes }, (_, index) => `node ${index + 1}`);
    const nodes = await Promise.all(names.map((name) => openNode(name, options, startNode)));
    return { redis, truth, nodes, hasCacheServer, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openNode(
  name: string,
  { readRate }: ClusterOptions,
  startNode: (name: string) => Promise<Child>,
): Promise<ClusterNode> {
  let child = await startNode(name);
  return {
    name,
    get child() {
      return child;
    },
    replace: async () => {
      await child.end();
      child = await startNode(name);
      await child.ask('setRate', readRate);
    },
  };
}
