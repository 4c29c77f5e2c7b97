import {
  connectRedis,
  createLogStore,
  type LogStore,
  type RedisConnection,
  whenReady,
} from '@cloudphone/redis';
import { createMetrics, randomId, silentLogger } from '@cloudphone/runtime';
import { z } from 'zod';
import type { Change } from '../change-feed.ts';
import { createViewCache, type ViewCache, type ViewCacheOptions } from '../create-view-cache.ts';
import { defineView, type Scope } from '../define-view.ts';
import type { Position } from '../position.ts';
import { followLog, type LogFollower } from './log-follower.ts';
import { createRecordedSource, type RecordedSource } from './recorded-source.ts';

export interface CacheNode {
  readonly cache: ViewCache<RecordedSource>;
  readonly feed: LogFollower;
  readonly redis: RedisConnection;
}

/** A log on a real Redis, a source, and any number of nodes that keep views of it. */
export interface CacheWorld {
  readonly source: RecordedSource;
  readonly log: LogStore;
  readonly redis: RedisConnection;
  publish(tags: readonly string[], changeClass?: Change['class']): Promise<Position>;
  /** Changes what is true, then says so in the log. */
  write(tag: string, changeClass?: Change['class']): Promise<Position>;
  startNode(options?: NodeOptions): Promise<CacheNode>;
  close(): Promise<void>;
}

export type NodeOptions = Partial<ViewCacheOptions<RecordedSource>> & {
  readonly heartbeatMs?: number;
};

export const SCOPE: Scope = {
  audience: 'admin',
  tenant: 't1',
  subject: 'u1',
  permissionVersion: 1,
};

/** A phone as `{ value, owner }`: its own tag, then its owner's, which it can live without. */
export const phoneView = defineView<RecordedSource>()({
  name: 'phone',
  params: z.strictObject({ phone: z.string() }),
  scope: 'permission',
  freshFor: '30s',
  servableFor: '10m',
  load: async ({ phone }, { from, required, optional }) => ({
    value: await required('phone', () => from.get(`phone:${phone}`)),
    owner: await optional('owner', () => from.get(`owner-of:${phone}`)),
  }),
});

/** `{ value }` of one tag, nothing else. */
export const plainView = defineView<RecordedSource>()({
  name: 'plain',
  params: z.strictObject({ tag: z.string() }),
  scope: 'public',
  freshFor: '30s',
  servableFor: '10m',
  load: async ({ tag }, { from }) => ({ value: await from.get(tag) }),
});

export async function openCacheWorld(redisUrl: string): Promise<CacheWorld> {
  const closings: (() => Promise<void>)[] = [];
  const connect = (name: string) => {
    const connection = connectRedis({
      url: redisUrl,
      name,
      manner: 'fail-fast',
      logger: silentLogger,
    });
    closings.push(() => connection.close());
    return connection;
  };
  const redis = connect('world');
  await whenReady(redis, 5_000);
  const log = createLogStore({ connection: redis, logger: silentLogger });
  const source = createRecordedSource();

  const publish = async (tags: readonly string[], changeClass: Change['class'] = 'fact') => {
    const json = JSON.stringify({ class: changeClass });
    const [appended] = await log.append([{ id: randomId(), tags, json }]);
    if (appended === undefined) throw new Error('nothing was appended');
    return { epoch: appended.position.epoch, seq: appended.position.seq };
  };

  const startNode = async ({ heartbeatMs, ...options }: NodeOptions = {}): Promise<CacheNode> => {
    const nodeRedis = connect('node');
    await whenReady(nodeRedis, 5_000);
    const tailLog = createLogStore({ connection: connect('tail'), logger: silentLogger });
    const feed = followLog(tailLog, () => cache, heartbeatMs === undefined ? {} : { heartbeatMs });
    const cache: ViewCache<RecordedSource> = createViewCache({
      feed,
      redis: nodeRedis,
      sources: source,
      namespace: 'test',
      logger: silentLogger,
      metrics: createMetrics(),
      // Tests share two cores: a command that is late for want of one is not what they are about.
      redisDeadlineMs: 500,
      ...options,
    });
    closings.push(async () => {
      await cache.close();
      await feed.close();
    });
    while (feed.applied === undefined) await new Promise((resolve) => setTimeout(resolve, 2));
    return { cache, feed, redis: nodeRedis };
  };

  return {
    source,
    log,
    redis,
    publish,
    write: (tag, changeClass) => {
      source.truth.set(tag, (source.truth.get(tag) ?? 0) + 1);
      return publish([tag], changeClass);
    },
    startNode,
    close: async () => {
      for (const close of closings.reverse()) await close();
    },
  };
}

export function bodyOf(answer: { readonly body: Buffer }): Record<string, unknown> {
  return JSON.parse(answer.body.toString()) as Record<string, unknown>;
}
