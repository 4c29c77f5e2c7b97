import { createTail } from '@cloudphone/event-log';
import {
  connectRedis,
  createLogStore,
  type LogStore,
  type RedisConnection,
  whenReady,
} from '@cloudphone/redis';
import { createMetrics, silentLogger as logger, randomId } from '@cloudphone/runtime';
import { createViewCache, type Position, type Scope, type ViewCache } from '@cloudphone/view-cache';

/** A view cache behind a tail of the log, as a BFF puts it together. */
export interface OwnCache<Sources> {
  readonly cache: ViewCache<Sources>;
  readonly redis: RedisConnection;
  readonly log: LogStore;
  readonly applied: Position | undefined;
  append(rows: readonly (readonly string[])[]): Promise<Position>;
  close(): Promise<void>;
}

export const SCOPE: Scope = { audience: 'b', tenant: 't', subject: 's', permissionVersion: 1 };
export const NAMESPACE = 'bench';

export async function openOwnCache<Sources>(
  url: string,
  sources: Sources,
  options: { readonly l1Bytes?: number } = {},
): Promise<OwnCache<Sources>> {
  const connect = (name: string, manner: 'fail-fast' | 'patient') =>
    connectRedis({ url, name, manner, logger });
  const redis = connect('bench', 'fail-fast');
  const waiting = connect('bench-tail', 'patient');
  const log = createLogStore({ connection: redis, logger });
  const reader = createLogStore({ connection: waiting, logger });
  const metrics = createMetrics();
  const tail = createTail({
    store: log,
    reader,
    logger,
    metrics,
    onRow: (row) => cache.applyChange(row),
    onReset: (reset) => cache.reset(reset),
  });
  const cache = createViewCache({
    feed: tail,
    redis,
    sources,
    namespace: NAMESPACE,
    logger,
    metrics,
    // A busy machine must not turn a measurement of Redis into one of its absence.
    redisDeadlineMs: 2_000,
    ...options,
  });
  await whenReady(redis, 5_000);
  await tail.start();
  return {
    cache,
    redis,
    log,
    get applied() {
      return tail.applied;
    },
    append: async (rows) => {
      const json = '{}';
      const appended = await log.append(rows.map((tags) => ({ id: randomId(), tags, json })));
      const { position } = appended.at(-1) ?? {};
      if (position === undefined) throw new Error('Nothing was appended.');
      return position;
    },
    close: async () => {
      await cache.close();
      await tail.close();
      await reader.close();
      await waiting.close();
      await redis.close();
    },
  };
}
