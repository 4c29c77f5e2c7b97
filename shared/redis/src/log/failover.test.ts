import { randomUUID } from 'node:crypto';
import { silentLogger } from '@cloudphone/runtime';
import { type TestRedis, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { connectRedis, createLogStore, type Redis, whenReady } from '../index.ts';

const row = () => ({ id: randomUUID(), tags: ['device:1'], json: '{}' });

describe('a log whose server fails over', () => {
  let primary: Awaited<ReturnType<typeof startServer>>;
  let replica: Awaited<ReturnType<typeof startServer>>;
  beforeEach(async () => {
    primary = await startServer();
    replica = await startServer();
    await primary.store.append([row()]);
    await follow(replica.client, primary.redis);
  });

  test('to a replica that lacks the last writes → is a new epoch that goes on from what is left', async () => {
    const before = await primary.store.read();
    await replica.client.call('REPLICAOF', 'NO', 'ONE');
    await primary.store.append([row(), row()]);
    const after = await replica.store.read();
    expect(after).toMatchObject({ seq: 1, base: 1 });
    expect(after.epoch).not.toBe(before.epoch);
  });

  test('and back to the first one, which has taken over what the other lacked → is a new epoch, too', async () => {
    const before = await primary.store.append([row()]);
    await replica.client.call('REPLICAOF', 'NO', 'ONE');
    await primary.store.append([row(), row()]);
    // Nobody has looked at the log of the other one meanwhile.
    await follow(primary.client, replica.redis);
    await primary.client.call('REPLICAOF', 'NO', 'ONE');
    const after = await primary.store.read();
    expect(after.seq).toBeLessThan(4);
    expect(after.epoch).not.toBe(before[0]?.position.epoch);
  });

  test('behind one address → connections to the old one are made anew when they may not write', async () => {
    const { port } = primary.redis;
    const elsewhere = await testRedis();
    await elsewhere.kill();
    await replica.client.call('REPLICAOF', 'NO', 'ONE');
    await follow(primary.client, replica.redis);
    // Connections stay; who connects from now on meets the other one.
    await primary.client.config('SET', 'port', String(elsewhere.port));
    await replica.client.config('SET', 'port', String(port));
    await expect(primary.store.append([row()])).rejects.toMatchObject({
      code: 'upstream_unavailable',
      message: expect.stringContaining('READONLY'),
    });
    await until(async () => (await primary.store.append([row()])).length === 1);
  });
});

async function startServer() {
  const redis = await testRedis({ args: ['--repl-diskless-sync-delay', '0'] });
  const options = {
    url: redis.url,
    name: 'test',
    manner: 'fail-fast',
    commandTimeoutMs: 20_000,
  } as const;
  const connection = connectRedis({ ...options, logger: silentLogger });
  whenDone(() => connection.close());
  await whenReady(connection, 5_000);
  const store = createLogStore({ connection, logger: silentLogger });
  return { redis, client: connection.client, store };
}

async function follow(client: Redis, { port }: TestRedis): Promise<void> {
  await client.call('REPLICAOF', '127.0.0.1', String(port));
  await until(async () => /master_link_status:up/.test(await client.info('replication')));
}
