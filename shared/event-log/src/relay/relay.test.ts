import { randomUUID } from 'node:crypto';
import { sql } from '@cloudphone/postgres';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { buildWorld, userUpdated, versionsOf, type World } from '../fixtures/world.ts';
import type { Session } from '../leadership.ts';
import { findWaiting, pruneOutbox } from './outbox.ts';

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
    await until(() => rows.length >= 300, { what: 'every event' });
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

  test('calls the log once for an event, and asks it for its epoch only while nobody writes', async () => {
    const { world } = await freshWorld();
    const relay = await world.startRelay();
    await writeVersions(world, 1);
    await until(async () => (await relay.lag()).count === 0);
    const before = await scriptsRun(world);
    const beganMs = performance.now();
    await writeVersions(world, 50);
    await until(async () => (await relay.lag()).count === 0);
    const polls = (performance.now() - beganMs) / 250 + 1;
    expect((await scriptsRun(world)) - before).toBeLessThanOrEqual(50 + polls);
  });

  test('notes what was appended in the look for more, and does not find it again', async () => {
    const { world } = await freshWorld();
    await writeVersions(world, 3);
    await world.postgres.withSession(async (db) => {
      const session = db as unknown as Session;
      const [first, second] = await findWaiting(session);
      const marks = {
        epoch: 'e',
        outboxSeqs: [first?.seq ?? 0, second?.seq ?? 0],
        logSeqs: [7, 8],
      };
      expect((await findWaiting(session, marks)).map(({ seq }) => seq)).toEqual([3]);
      expect((await findWaiting(session)).map(({ seq }) => seq)).toEqual([3]);
    });
    const rows = await world.postgres.db
      .selectFrom('outbox')
      .select(['log_epoch', 'log_seq'])
      .orderBy('seq')
      .execute();
    expect(rows).toEqual([
      { log_epoch: 'e', log_seq: 7 },
      { log_epoch: 'e', log_seq: 8 },
      { log_epoch: null, log_seq: null },
    ]);
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
    expect(lag).toEqual({ count: 0, oldestMs: 0, refused: 0 });
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

  test('sets aside, and keeps, what the log refuses for good; what follows is told', async () => {
    const { world } = await freshWorld();
    const at = (version: number, changes = {}) => userUpdated({ version, ...changes });
    await world.writer.write(async () => ({
      result: 0,
      events: [at(1), at(2, { name: 'x'.repeat(1_100_000) }), at(3), at(4)],
    }));
    await sql`update outbox set payload = jsonb_set(payload, '{envelope,tags}', '"a,,b"')
      where seq = 3`.execute(world.postgres.db);
    const { rows } = await world.startTail();
    const relay = await world.startRelay();
    await until(() => rows.length === 2);
    expect(versionsOf(rows)).toEqual([1, 4]);
    await until(async () => (await relay.lag()).count === 0, { what: 'the mark on the last row' });
    expect(await relay.lag()).toEqual({ count: 0, oldestMs: 0, refused: 2 });
    expect(await world.metric('cloudphone_outbox_refused_total{service="notes"}')).toBe(2);
    const kept = await world.postgres.db
      .selectFrom('outbox')
      .select('refused')
      .orderBy('seq')
      .execute();
    expect(kept.map(({ refused }) => refused)).toEqual([
      null,
      expect.stringContaining('more than 1000000'),
      expect.stringContaining('a tag that is empty'),
      null,
    ]);
  });

  test('carries events that are large together in batches that are not', async () => {
    const { world } = await freshWorld();
    for (const version of upTo(12)) {
      const event = userUpdated({ version, name: 'x'.repeat(200_000) });
      await world.writer.write(async () => ({ result: 0, events: [event] }));
    }
    const { rows } = await world.startTail();
    await world.startRelay();
    await until(() => rows.length === 12);
    expect(versionsOf(rows)).toEqual(upTo(12));
  });

  test('stops while the log is full, and goes on when there is room, in order', async () => {
    const { world } = await freshWorld();
    const { rows } = await world.startTail();
    // Grown where it is: a long value would pass through buffers that are given back who knows when.
    // The twentieth that is left is more than connections and their buffers come to.
    await world.client.setrange('ballast', 60_000_000, 'x');
    const { usedBytes } = await world.store.memory();
    await world.client.config('SET', 'maxmemory', Math.round(usedBytes / 0.95));
    const relay = await world.startRelay();
    await writeVersions(world, 5);
    await until(async () => (await relay.lag()).count === 5 && relay.isRelaying);
    expect(rows).toEqual([]);
    await world.client.del('ballast');
    await until(() => rows.length === 5, { what: 'every event' });
    expect(versionsOf(rows)).toEqual(upTo(5));
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

async function scriptsRun({ client }: World): Promise<number> {
  const told = await client.info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(told)?.[1] ?? 0);
}
