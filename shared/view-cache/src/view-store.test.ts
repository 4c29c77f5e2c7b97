import {
  connectRedis,
  createLogStore,
  createViewStore,
  type RedisConnection,
  whenReady,
} from '@cloudphone/redis';
import { randomId, silentLogger } from '@cloudphone/runtime';
import { type TestRedis, testRedis, whenDone } from '@cloudphone/test-kit';
import { type StoreWorld, viewStoreConformance } from './view-store-conformance.ts';

viewStoreConformance('one Redis for views and log', async () => {
  const redis = await testRedis({ persistent: false });
  return await openWorld({ views: redis, log: redis });
});

viewStoreConformance('a Redis of their own for views', async () => {
  const views = await testRedis({ persistent: false });
  return await openWorld({ views, log: await testRedis({ persistent: false }) });
});

async function openWorld({ views, log }: Record<'views' | 'log', TestRedis>): Promise<StoreWorld> {
  const connect = async ({ url }: TestRedis, patienceMs = 20_000): Promise<RedisConnection> => {
    const options = { url, name: 'views', manner: 'fail-fast', logger: silentLogger } as const;
    const connection = connectRedis({ ...options, commandTimeoutMs: patienceMs });
    whenDone(() => connection.close());
    await whenReady(connection, 5_000);
    return connection;
  };
  const openLog = async (patienceMs?: number) =>
    createLogStore({ connection: await connect(log, patienceMs), logger: silentLogger });
  const writer = await openLog();
  return {
    openStore: async ({ patienceMs, ...budget } = {}) => {
      const store = createViewStore({
        connection: await connect(views, patienceMs),
        log: await openLog(patienceMs),
        namespace: 'test',
        logger: silentLogger,
        ...budget,
      });
      whenDone(() => store.close());
      return store;
    },
    append: async (tags) => {
      const [row] = await writer.append([{ id: randomId(), tags, json: '{}' }]);
      if (row === undefined) throw new Error('nothing was appended');
      return row.position;
    },
    rotateEpoch: async () => {
      const { epoch, seq } = await writer.rotateEpoch();
      return { epoch, seq };
    },
    hang: async () => {
      await views.pause();
      await log.pause();
    },
  };
}
