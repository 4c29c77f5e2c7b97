import { randomUUID } from 'node:crypto';
import { sql } from '@cloudphone/postgres';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { buildWorld, userUpdated, versionsOf, type World } from '../fixtures/world.ts';
import type { Session } from '../leadership.ts';
import { pruneOutbox } from './outbox.ts';

const RELAY_LOCK = 'event-log relay';

describe('the relay', () => {
  test('goes on in another instance when the leading one is ended, over and over', async () => {
    const { world } = await freshWorld();
    await Promise.all([world.startRelay(), world.startRelay()]);
    const { rows } = await world.startTail();
    const writing = writeVersions(world, 300);
    for (let round = 1; round <= 3; round++) {
      await until(() => rows.length >= round * 40, { what: `round ${round}` });
      await until(async () => (await world.endLeader(RELAY_LOCK)) > 0, { what: 'a leader' });
    }
    await writing;
    await until(() => rows.length >= 300, { timeoutMs: 10_000, what: 'every event' });
    expect(versionsOf(rows)).toEqual(upTo(300));
    expect((await world.store.read()).seq).toBe(300);
  });

  test('tells once what it appended and could not mark', async () => {
    const { world } = await freshWorld();
    const relay = await world.startRelay();
    const { rows } = await world.startTail();
    await writeVersions(world, 5);
    await until(async () => (await relay.lag()).count === 0);
    await relay.close();
    await sql`update outbox set log_epoch = null, log_seq = null`.execute(world.postgres.db);
    const again = await world.startRelay();
    await until(async () => (await again.lag()).count === 0);
    await writeVersions(world, 1);
    await until(() => rows.length === 6);
    expect(versionsOf(rows)).toEqual([1, 2, 3, 4, 5, 1]);
  });

  test('keeps what it has while Redis is away, and tells it in order afterwards', async () => {
    const { world, redis } = await freshWorld();
    const relay = await world.startRelay();
    const { rows } = await world.startTail();
    await redis.kill();
    await writeVersions(world, 150);
    expect(await relay.lag()).toMatchObject({ count: 150 });
    await redis.restart({ keepData: true });
    await until(() => rows.length >= 150, { what: 'every event' });
    expect(versionsOf(rows)).toEqual(upTo(150));
    const lag = await until(async () => {
      const found = await relay.lag();
      return found.count === 0 && found;
    });
    expect(lag).toEqual({ count: 0, oldestMs: 0 });
  });

  test('offers a log that was emptied everything of the last day, first and as replays', async () => {
    const { world } = await freshWorld();
    const relay = await world.startRelay();
    await writeVersions(world, 120);
    await until(async () => (await relay.lag()).count === 0);
    await sql`update outbox set created_at = now() - interval '25 hours' where seq <= 20`.execute(
      world.postgres.db,
    );
    await world.client.flushall();
    await writeVersions(world, 10);
    const rows = await until(async () => {
      const found = await world.store.readAfter(0, { count: 200 });
      return found.length === 110 && found;
    });
    const versions = rows.map(({ json }) => JSON.parse(json).envelope.entityversion);
    expect(versions).toEqual([...upTo(120).slice(20), ...upTo(10)]);
    expect(rows.map(({ isReplay }) => isReplay)).toEqual(versions.map((_, index) => index < 100));
  });

  test('has nothing to offer to a restarted log that kept everything', async () => {
    const { world, redis } = await freshWorld();
    const relay = await world.startRelay();
    await writeVersions(world, 20);
    await until(async () => (await relay.lag()).count === 0);
    const before = await world.store.read();
    await redis.restart({ keepData: true });
    await until(async () => {
      const { epoch } = await world.store.read();
      const { rows } = await sql<{ settled: number }>`
        select count(*) as settled from outbox where log_epoch = ${epoch}`.execute(
        world.postgres.db,
      );
      return epoch !== before.epoch && rows[0]?.settled === 20;
    });
    expect(await world.store.read()).toMatchObject({ seq: 20, base: 20 });
  });

  test('deletes what the log has held for a day, and nothing that waits', async () => {
    const { world } = await freshWorld();
    const relay = await world.startRelay();
    await writeVersions(world, 3);
    await until(async () => (await relay.lag()).count === 0);
    await relay.close();
    await writeVersions(world, 1);
    await sql`update outbox set created_at = now() - interval '25 hours' where seq <> 3`.execute(
      world.postgres.db,
    );
    await pruneOutbox(world.postgres.db as unknown as Session);
    const kept = await world.postgres.db
      .selectFrom('outbox')
      .select('seq')
      .orderBy('seq')
      .execute();
    expect(kept).toEqual([{ seq: 3 }, { seq: 4 }]);
  });
});

async function freshWorld() {
  const redis = await testRedis();
  const databaseUrl = await testPostgres().freshDatabase();
  return { redis, world: await buildWorld({ databaseUrl, redisUrl: redis.url, whenDone }) };
}

async function writeVersions({ writer }: World, count: number): Promise<void> {
  const id = randomUUID();
  for (const version of upTo(count)) {
    await writer.write(async () => ({ result: 0, events: [userUpdated({ id, version })] }));
  }
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
