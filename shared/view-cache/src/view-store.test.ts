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
  const connect = async ({ url }: TestRedis): Promise<RedisConnection> => {
    const options = { url, name: 'views', manner: 'fail-fast', logger: silentLogger } as const;
    const connection = connectRedis({ ...options, commandTimeoutMs: 300 });
    whenDone(() => connection.close());
    await whenReady(connection, 5_000);
    return connection;
  };
  const openLog = async () =>
    createLogStore({ connection: await connect(log), logger: silentLogger });
  const writer = await openLog();
  return {
    openStore: async (budget = {}) => {
      const store = createViewStore({
        connection: await connect(views),
        log: await openLog(),
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
