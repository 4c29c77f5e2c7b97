import { randomUUID } from 'node:crypto';
import { keys } from '@cloudphone/redis';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import { buildWorld, userUpdated, versionsOf, type World } from '../fixtures/world.ts';
import { encodeLogRow } from '../index.ts';

const HEARTBEAT_MS = 100;

describe('the tail', () => {
  test('begins where the log is, and is trusted', async () => {
    const { world } = await freshWorld();
    await appendRows(world, 3);
    const { tail, rows, resets } = await world.startTail({ heartbeatMs: HEARTBEAT_MS });
    const { epoch } = await world.store.read();
    expect(resets).toEqual([{ reason: 'start', position: { epoch, seq: 3 } }]);
    expect(tail.applied).toEqual({ epoch, seq: 3 });
    await until(() => tail.isTrusted, { what: 'trust' });
    const [appended] = await appendRows(world, 1);
    expect(await tail.waitFor({ epoch, seq: 4 }, 30_000)).toBe(true);
    expect(rows.map(({ position }) => position)).toEqual([appended?.position]);
  });

  test('waits no longer than it may, and not at all for an epoch that is over', async () => {
    const { world } = await freshWorld();
    const { tail, resets } = await world.startTail({ heartbeatMs: HEARTBEAT_MS });
    const old = await world.store.read();
    expect(await tail.waitFor({ epoch: old.epoch, seq: 9 }, 20)).toBe(false);
    expect(await tail.waitForEvent(randomUUID(), 20)).toBeUndefined();
    const waiting = tail.waitFor({ epoch: old.epoch, seq: 9 }, 60_000);
    await world.store.rotateEpoch();
    expect(await waiting).toBe(false);
    expect(resets.at(-1)?.reason).toBe('epoch');
  });

  test('hands rows on one after the other, also when that takes a while', async () => {
    const { world } = await freshWorld();
    let open = 0;
    let most = 0;
    const onRow = async () => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
    };
    const { tail, rows } = await world.startTail({ onRow });
    const { epoch } = await world.store.read();
    await appendRows(world, 50);
    expect(await tail.waitFor({ epoch, seq: 50 }, 30_000)).toBe(true);
    expect(rows.map(({ position }) => position.seq)).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
    expect(most).toBe(1);
  });

  test('says that it missed something when a row could not be applied, and goes on', async () => {
    const { world } = await freshWorld();
    const onRow = ({ position }: { position: { seq: number } }) => {
      if (position.seq === 2) throw new Error('out of order');
    };
    const { tail, resets } = await world.startTail({ onRow });
    const { epoch } = await world.store.read();
    await appendRows(world, 3);
    expect(await tail.waitFor({ epoch, seq: 3 }, 30_000)).toBe(true);
    expect(resets.slice(1)).toEqual([{ reason: 'trimmed', position: { epoch, seq: 2 } }]);
  });

  test('loses nothing over a connection that is cut', async () => {
    const { world } = await freshWorld();
    const { rows, resets } = await world.startTail({ heartbeatMs: HEARTBEAT_MS });
    for (let round = 1; round <= 5; round++) {
      await until(() => world.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
      // The same rows each time: an append whose answer was lost may have been made.
      const news = newRows(10);
      await until(async () => (await world.store.append(news)).length > 0);
      await until(() => rows.length >= round * 10, { what: `round ${round}` });
    }
    expect(rows.map(({ position }) => position.seq)).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
    expect(resets).toHaveLength(1);
  });

  test.each([
    ['between rows', ['2-0', '3-0'], { seq: 3 }],
    ['at the end', ['5-0'], { seq: 5 }],
    ['altogether', ['1-0', '2-0', '3-0', '4-0', '5-0'], { seq: 5 }],
  ])('says that it missed rows which were deleted %s', async (_, deleted, position) => {
    const { world } = await freshWorld();
    let release = () => undefined as unknown;
    const held = new Promise((resolve) => {
      release = () => resolve(undefined);
    });
    let isFirst = true;
    const onRow = () => {
      if (!isFirst) return;
      isFirst = false;
      return held as Promise<void>;
    };
    const { tail, resets } = await world.startTail({ heartbeatMs: HEARTBEAT_MS, onRow });
    const { epoch } = await world.store.read();
    await appendRows(world, 1);
    await until(() => !isFirst);
    await appendRows(world, 5);
    // Numbers one higher: the first row is being applied.
    await world.client.xdel(
      keys.log.stream(),
      ...deleted.map((id) => `${Number.parseInt(id, 10) + 1}-0`),
    );
    release();
    expect(await tail.waitFor({ epoch, seq: 6 }, 30_000)).toBe(true);
    expect(resets.slice(1)).toEqual([
      { reason: 'trimmed', position: { epoch, seq: position.seq + 1 } },
    ]);
    await until(() => tail.isTrusted, { what: 'trust' });
  });

  test('is not trusted while Redis hangs, and catches up when it is back', async () => {
    const { world, redis } = await freshWorld();
    const { tail, rows, resets } = await world.startTail({ heartbeatMs: HEARTBEAT_MS });
    await until(() => tail.isTrusted);
    await redis.pause();
    const pausedMs = performance.now();
    await until(() => !tail.isTrusted, { everyMs: 1 });
    expect(tail.trustedUntilMs).toBeLessThan(pausedMs + 2 * HEARTBEAT_MS);
    await redis.resume();
    await until(() => tail.isTrusted, { what: 'trust' });
    await until(async () => (await appendRows(world, 1)).length > 0);
    await until(() => rows.length > 0, { what: 'the row' });
    expect(resets).toHaveLength(1);
  });

  test('is not trusted while rows that are known to exist are not applied', async () => {
    const { world } = await freshWorld();
    let release = () => undefined as unknown;
    const held = new Promise<void>((resolve) => {
      release = () => resolve();
    });
    const { tail, resets } = await world.startTail({
      heartbeatMs: HEARTBEAT_MS,
      onRow: () => held,
    });
    await appendRows(world, 1);
    await until(() => tail.highestSeen === 1 && !tail.isTrusted, { what: 'doubt' });
    release();
    await until(() => tail.isTrusted, { what: 'trust' });
    expect(resets).toHaveLength(1);
  });

  test('goes over a restart that kept the data: says so, and misses no row', async () => {
    const { world, redis } = await freshWorld();
    await world.startRelay();
    const { tail, rows, resets } = await world.startTail({ heartbeatMs: HEARTBEAT_MS });
    const before = await world.store.read();
    const id = randomUUID();
    await writeVersions(world, id, 1, 20);
    await until(() => rows.length === 20);
    await redis.restart({ keepData: true });
    await writeVersions(world, id, 21, 40);
    await until(() => rows.length === 40, { what: 'the rest' });
    const { epoch } = await world.store.read();
    expect(epoch).not.toBe(before.epoch);
    await until(() => tail.isTrusted, { what: 'trust' });
    expect(versionsOf(rows)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(resets.slice(1)).toEqual([{ reason: 'epoch', position: { epoch, seq: 20 } }]);
    expect(tail.applied).toEqual({ epoch, seq: 40 });
  });

  test('goes over a log that was emptied: what was told before comes back as replays', async () => {
    const { world } = await freshWorld();
    await world.startRelay();
    const { tail, rows, resets } = await world.startTail({ heartbeatMs: HEARTBEAT_MS });
    const id = randomUUID();
    await writeVersions(world, id, 1, 20);
    await until(() => rows.length === 20);
    await world.client.flushall();
    await writeVersions(world, id, 21, 30);
    await until(() => rows.length === 50, { what: 'replays and news' });
    const { epoch } = await world.store.read();
    expect(resets.slice(1)).toEqual([{ reason: 'epoch', position: { epoch, seq: 0 } }]);
    const after = rows.slice(20);
    expect(versionsOf(after)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(after.map(({ isReplay }) => isReplay)).toEqual(after.map((_, index) => index < 20));
    expect(tail.applied).toEqual({ epoch, seq: 30 });
  });

  test('goes back when rows that it had applied are lost, and hears them again', async () => {
    const { world } = await freshWorld();
    await world.startRelay();
    const { rows, resets } = await world.startTail({ heartbeatMs: HEARTBEAT_MS });
    const id = randomUUID();
    await writeVersions(world, id, 1, 10);
    await until(() => rows.length === 10);
    // As a restored older file would have it: the last four rows never were.
    const lost = await world.store.readAfter(6, { count: 10 });
    await world.client
      .multi()
      .xdel(keys.log.stream(), ...lost.map(({ seq }) => `${seq}-0`))
      .call('XSETID', keys.log.stream(), '6-0')
      .hset(keys.log.clock(), { seq: 6, run_id: 'another' })
      .exec();
    await writeVersions(world, id, 11, 15);
    await until(() => versionsOf(rows).at(-1) === 15, { what: 'the newest' });
    const { epoch } = await world.store.read();
    expect(resets.slice(1)).toEqual([{ reason: 'epoch', position: { epoch, seq: 6 } }]);
    expect(versionsOf(rows).slice(10)).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15]);
  });

  test('carries rows that it cannot read or does not know, with what they change', async () => {
    const { world } = await freshWorld();
    const { rows } = await world.startTail();
    const envelope = { ...JSON.parse('{}'), type: 'media.ready', id: randomUUID(), time: '' };
    await world.store.append([
      { id: randomUUID(), tags: ['device:1'], json: '{' },
      { id: randomUUID(), tags: ['device:2'], json: encodeLogRow(envelope) },
    ]);
    await until(() => rows.length === 2);
    expect(
      rows.map(({ tags, deliveries, envelope: { type } }) => ({ tags, deliveries, type })),
    ).toEqual([
      { tags: ['device:1'], deliveries: [], type: 'log.unreadable' },
      { tags: ['device:2'], deliveries: [], type: 'media.ready' },
    ]);
  });

  test('rows that tell no time are counted, and those after them still come', async () => {
    const { world } = await freshWorld();
    const { tail, rows } = await world.startTail();
    const json = JSON.stringify({ envelope: { type: 'media.ready', time: 'now' }, deliveries: [] });
    for (const tag of ['device:1', 'device:2']) {
      await world.store.append([{ id: randomUUID(), tags: [tag], json }]);
    }
    await until(() => rows.length === 2, { what: 'both rows' });
    expect(tail.applied?.seq).toBe(rows[1]?.position.seq);
  });
});

async function freshWorld() {
  const redis = await testRedis();
  const databaseUrl = await testPostgres().freshDatabase();
  return { redis, world: await buildWorld({ databaseUrl, redisUrl: redis.url, whenDone }) };
}

function appendRows({ store }: World, count: number) {
  return store.append(newRows(count));
}

function newRows(count: number) {
  return Array.from({ length: count }, () => ({ id: randomUUID(), tags: ['users'], json: '{}' }));
}

async function writeVersions({ writer }: World, id: string, from: number, to: number) {
  for (let version = from; version <= to; version++) {
    await writer.write(async () => ({ result: 0, events: [userUpdated({ id, version })] }));
  }
}
