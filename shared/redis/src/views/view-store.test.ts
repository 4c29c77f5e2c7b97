import { silentLogger } from '@cloudphone/runtime';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  connectRedis,
  createLogStore,
  createViewStore,
  type LogStore,
  type Redis,
  type RedisViewStore,
  whenReady,
} from '../index.ts';

describe('the view store', () => {
  let client: Redis;
  let log: LogStore;
  let store: RedisViewStore;
  beforeEach(async () => {
    const redis = await testRedis({ persistent: false });
    const connection = connectRedis({
      url: redis.url,
      name: 'views',
      manner: 'fail-fast',
      commandTimeoutMs: 20_000,
      logger: silentLogger,
    });
    await whenReady(connection, 5_000);
    client = connection.client;
    log = createLogStore({ connection, logger: silentLogger });
    store = createViewStore({ connection, log, namespace: 'admin', logger: silentLogger });
    whenDone(async () => {
      await store.close();
      await connection.close();
    });
  });

  test('lookUp → gives the log’s position, with and without a frame, bytes unchanged', async () => {
    const { epoch } = await log.read();
    expect(await store.lookUp('k')).toEqual({ position: { epoch, seq: 0 }, frame: undefined });
    const frame = Buffer.from([0, 255, 10, 128]);
    await store.store('k', frame, 60_000);
    await log.append([{ id: '1', tags: ['device:7'], json: '{}' }]);
    expect(await store.lookUp('k')).toEqual({ position: { epoch, seq: 1 }, frame });
    expect(await client.pttl('view:admin:k')).toBeGreaterThan(30_000);
  });

  test('watermarks → says when each tag last changed, as at a position', async () => {
    const { epoch } = await log.read();
    await log.append([{ id: '1', tags: ['device:7'], json: '{}' }]);
    expect(await store.watermarks(['device:7', 'device:8'])).toEqual({
      position: { epoch, seq: 1 },
      marks: [1, 0],
    });
  });

  test('a lease has one holder at a time; only the holder prolongs it or gives it back', async () => {
    expect(await store.takeLease('k', 'a', 5_000)).toBe(true);
    expect(await store.takeLease('k', 'b', 5_000)).toBe(false);
    expect(await store.renewLease('k', 'b', 9_000)).toBe(false);
    await store.releaseLease('k', 'b');
    expect(await store.renewLease('k', 'a', 60_000)).toBe(true);
    expect(await client.pttl('view-lease:admin:k')).toBeGreaterThan(30_000);
    await store.releaseLease('k', 'a');
    expect(await store.takeLease('k', 'b', 5_000)).toBe(true);
  });

  test('giving a lease back is heard of, of another’s namespace it is not', async () => {
    const heard: string[] = [];
    store.onReleased((key) => heard.push(key));
    await until(async () => (await client.pubsub('NUMSUB', 'view-released:admin'))[1] === 1);
    await client.publish('view-released:user', 'elsewhere');
    await store.takeLease('k', 'a', 5_000);
    await store.releaseLease('k', 'a');
    await until(() => heard.length > 0);
    expect(heard).toEqual(['k']);
  });

  test('listKeys → finds keys by their beginning, as many as asked for', async () => {
    for (const key of ['home:1', 'home:2', 'device:1'])
      await store.store(key, Buffer.from('x'), 1e4);
    expect([...(await store.listKeys('home:', 10))].sort()).toEqual(['home:1', 'home:2']);
    expect(await store.listKeys('', 2)).toHaveLength(2);
    expect(await store.find('home:1')).toEqual(Buffer.from('x'));
    expect(await store.find('home:3')).toBeUndefined();
  });
});
