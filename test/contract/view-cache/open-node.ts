import { createTail, type LogRow, type TailReset } from '@cloudphone/event-log';
import {
  connectRedis,
  createLogStore,
  createViewStore,
  type RedisConnection,
  whenReady,
} from '@cloudphone/redis';
import { createMetrics, silentLogger as logger } from '@cloudphone/runtime';
import { whenDone } from '@cloudphone/test-kit';
import { createViewCache, type ViewCacheOptions, type ViewStore } from '@cloudphone/view-cache';

export interface NodeOptions<Sources>
  extends Pick<
    ViewCacheOptions<Sources>,
    'sources' | 'redisDeadlineMs' | 'maxLoads' | 'maxWaitingLoads'
  > {
  readonly redisUrl: string;
  readonly heartbeatMs: number;
  /** Awaited before a row is shown to the cache. */
  readonly beforeRow?: () => Promise<void>;
  /** After the cache has been shown it. */
  readonly onRow?: (row: LogRow) => void;
  readonly onReset?: (reset: TailReset) => void;
}

/** A view cache behind the real tail, put together as a BFF does it; it ends with the test. */
export async function openNode<Sources>(options: NodeOptions<Sources>) {
  const { redisUrl: url, heartbeatMs, sources, beforeRow, onRow, onReset, ...limits } = options;
  const connect = (name: string, manner: 'fail-fast' | 'patient'): RedisConnection => {
    const connection = connectRedis({ url, name, manner, logger });
    whenDone(() => connection.close());
    return connection;
  };
  const redis = connect('cache', 'fail-fast');
  const log = connect('log', 'fail-fast');
  const logStore = createLogStore({ connection: log, logger });
  const views = createViewStore({ connection: redis, log: logStore, namespace: 'test', logger });
  let answeredProbes = 0;
  let commands = 0;
  const counted =
    <Given extends unknown[], Answer>(command: (...given: Given) => Answer) =>
    (...given: Given): Answer => {
      commands++;
      return command(...given);
    };
  const store: ViewStore = {
    ...views,
    store: counted(views.store),
    watermarks: counted(views.watermarks),
    takeLease: counted(views.takeLease),
    renewLease: counted(views.renewLease),
    releaseLease: counted(views.releaseLease),
    lookUp: async (key) => {
      const isProbe = key === 'probe';
      if (!isProbe) commands++;
      const found = await views.lookUp(key);
      if (isProbe) answeredProbes++;
      return found;
    },
  };
  const tail = createTail({
    store: logStore,
    reader: createLogStore({ connection: connect('tail', 'patient'), logger }),
    logger,
    metrics: createMetrics(),
    heartbeatMs,
    onRow: async (row) => {
      await beforeRow?.();
      cache.applyChange(row);
      onRow?.(row);
    },
    onReset: (reset) => {
      cache.reset(reset);
      onReset?.(reset);
    },
  });
  const cache = createViewCache({
    feed: tail,
    redis,
    logRedis: log,
    sources,
    namespace: 'test',
    logger,
    metrics: createMetrics(),
    store,
    ...limits,
  });
  whenDone(async () => {
    await cache.close();
    await tail.close();
  });
  await Promise.all([redis, log].map((connection) => whenReady(connection, 5_000)));
  await tail.start();
  return {
    tail,
    cache,
    /** Of all kinds but probes, sent on behalf of readers. */
    get commands() {
      return commands;
    },
    /** How often the cache has found that its store answers again. */
    get answeredProbes() {
      return answeredProbes;
    },
  };
}
