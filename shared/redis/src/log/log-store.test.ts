import { randomUUID } from 'node:crypto';
import { isAppError } from '@cloudphone/errors';
import { silentLogger } from '@cloudphone/runtime';
import { type TestRedis, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { describe, expect, test } from 'vitest';
import {
  connectRedis,
  createLogStore,
  keys,
  MAX_ROW_BYTES,
  type NewLogRow,
  whenReady,
} from '../index.ts';

describe('the log store', () => {
  test('append → numbers rows without a hole, in order, and marks their tags', async () => {
    const { store } = await freshStore();
    const begun = await store.beat();
    const rows = [row('device:1', 'devices'), row('device:2', 'devices'), row()];
    const appended = await store.append(rows);
    expect(appended.map(({ position }) => position)).toEqual(
      [1, 2, 3].map((seq) => ({ epoch: begun.epoch, seq })),
    );
    const stored = await store.readAfter(0, { count: 10 });
    expect(stored.map(({ seq, id, tags, json }) => ({ seq, id, tags, json }))).toEqual(
      rows.map(({ id, tags, json }, i) => ({ seq: i + 1, id, tags, json })),
    );
    const { position, marks } = await store.watermarks(['device:1', 'devices', 'device:3']);
    expect(position).toEqual({ epoch: begun.epoch, seq: 3, base: 0 });
    expect(marks).toEqual([1, 2, 0]);
  });

  test('append → changes nothing for an id it has, also within one batch', async () => {
    const { store } = await freshStore();
    const [one, two] = [row('device:1'), row('device:2')];
    const [first] = await store.append([one]);
    const again = await store.append([one, two, two]);
    expect(again).toEqual([
      { position: first?.position, isDuplicate: true },
      { position: { epoch: first?.position.epoch, seq: 2 }, isDuplicate: false },
      { position: { epoch: first?.position.epoch, seq: 2 }, isDuplicate: true },
    ]);
    expect((await store.read()).seq).toBe(2);
    expect(await store.readAfter(0, { count: 10 })).toHaveLength(2);
  });

  test('append → changes nothing for a row of an outbox it has, in any batch and any epoch', async () => {
    const { store, redis, ready } = await freshStore();
    const rows = [3_999, 4_000, 9].map((seq) => ({ ...row('device:1'), outbox: outbox(seq) }));
    const first = await store.append(rows);
    await redis.restart({ keepData: true });
    await ready();
    const again = await store.append([...rows].reverse());
    expect(again).toEqual([...first].reverse().map((was) => ({ ...was, isDuplicate: true })));
    expect(await store.read()).toMatchObject({ seq: 3, base: 3 });
  });

  test('append → takes another event under a number that a restored database gives again', async () => {
    const { store } = await freshStore();
    await store.append([{ ...row(), outbox: outbox(7) }]);
    const other = { ...row(), outbox: outbox(7) };
    const [appended] = await store.append([other]);
    expect(appended).toMatchObject({ position: { seq: 2 }, isDuplicate: false });
    const [again] = await store.append([other]);
    expect(again).toMatchObject({ position: { seq: 2 }, isDuplicate: true });
  });

  test('append → remembers a full chunk of an outbox in under 6.5 bytes a row', async () => {
    const { store, client } = await freshStore();
    for (let from = 0; from < 4_000; from += 50) {
      const rows = Array.from({ length: 50 }, (_, i) => ({ ...row(), outbox: outbox(from + i) }));
      await store.append(rows);
    }
    const bytes = await client.memory('USAGE', keys.log.seenSlots('notes', 0));
    expect(bytes).toBeLessThan(4_000 * 6.5);
    expect(await client.keys('{log}:s[el]*')).toEqual([keys.log.seenSlots('notes', 0)]);
    expect(await client.pttl(keys.log.seenSlots('notes', 0))).toBeGreaterThan(0);
  });

  test.each([
    ['a row without an id', { id: '' }, 'it has no id'],
    ['a tag with a comma', { tags: ['a,b'] }, 'holds a comma'],
    ['a row that is too large', { json: 'x'.repeat(MAX_ROW_BYTES + 1) }, 'more than 1000000'],
  ])('append → refuses %s for good, before anything is sent', async (_, changes, why) => {
    const { store } = await freshStore();
    await expect(store.append([row(), { ...row(), ...changes }])).rejects.toThrow(why);
    expect((await store.read()).seq).toBe(0);
  });

  test.each([
    ['a stream that is none', keys.log.stream()],
    ['a clock that is none', keys.log.clock()],
    ['a dedupe mark that is none', keys.log.seenEvent('2')],
  ])('append → writes nothing at all onto %s', async (_, key) => {
    const { store, client } = await freshStore();
    if (key === keys.log.seenEvent('2')) await client.lpush(key, 'x');
    else await client.set(key, 'x');
    const rows = [
      { ...row('device:1'), id: '1' },
      { ...row('device:2'), id: '2' },
    ];
    await expect(store.append(rows)).rejects.toThrow('upstream_failed');
    expect(await client.keys('*')).toEqual([key]);
  });

  test('append → refuses another epoch than the one it names', async () => {
    const { store } = await freshStore();
    const old = await store.beat();
    await store.append([row()], { epoch: old.epoch });
    const next = await store.rotateEpoch();
    expect(next).toEqual({ epoch: expect.any(String), seq: 1, base: 1 });
    expect(next.epoch).not.toBe(old.epoch);
    const refusal = await store.append([row()], { epoch: old.epoch }).catch((err) => err);
    expect(isAppError(refusal, 'log_epoch_changed')).toBe(true);
    expect((await store.read()).seq).toBe(1);
  });

  test('rotateEpoch → happens once when several ask for the same one to be replaced', async () => {
    const { store } = await freshStore();
    const { epoch } = await store.beat();
    const results = await Promise.all([1, 2, 3].map(() => store.rotateEpoch(epoch)));
    expect(new Set(results.map((clock) => clock.epoch)).size).toBe(1);
  });

  test('a restart with its data → is a new epoch whose numbers go on', async () => {
    const { store, redis, ready } = await freshStore();
    const before = await store.beat();
    const kept = row('device:1');
    await store.append([kept]);
    await redis.restart({ keepData: true });
    await ready();
    const [again, next] = await store.append([kept, row('device:1')]);
    expect(again).toEqual({ position: { epoch: before.epoch, seq: 1 }, isDuplicate: true });
    expect(next?.position.seq).toBe(2);
    expect(next?.position.epoch).not.toBe(before.epoch);
    expect(await store.read()).toEqual({ epoch: next?.position.epoch, seq: 2, base: 1 });
  });

  test('a flush → is a new epoch that begins at nothing', async () => {
    const { store, client } = await freshStore();
    const before = await store.beat();
    await store.append([row('device:1')]);
    await client.flushall();
    const after = await store.read();
    expect(after).toMatchObject({ seq: 0, base: 0 });
    expect(after.epoch).not.toBe(before.epoch);
  });

  test('a clock that was lost alone → goes on after the last row of the stream', async () => {
    const { store, client } = await freshStore();
    await store.append([row(), row()]);
    await client.del(keys.log.clock());
    const [appended] = await store.append([row()]);
    expect(appended?.position.seq).toBe(3);
  });

  test('a clock that was put back → is put right, and the append may be repeated', async () => {
    const { store, client } = await freshStore();
    await store.append([row(), row()]);
    await client.hset(keys.log.clock(), 'seq', 1);
    const next = row('device:9');
    await expect(store.append([next])).rejects.toThrow('upstream_unavailable');
    expect((await store.watermarks(['device:9'])).marks).toEqual([0]);
    const [appended] = await store.append([next]);
    expect(appended).toMatchObject({ position: { seq: 3 }, isDuplicate: false });
  });

  test('readAfter → waits for the next row on a connection of its own', async () => {
    const { store } = await freshStore();
    await store.append([row()]);
    await until(() => store.readAfter(0, { count: 1, blockMs: 1 }), { what: 'its connection' });
    const waiting = store.readAfter(1, { count: 10, blockMs: 30_000 });
    await store.append([row('device:5')]);
    expect((await waiting).map(({ seq, tags }) => ({ seq, tags }))).toEqual([
      { seq: 2, tags: ['device:5'] },
    ]);
  });

  test('readAfter → breaks off a hung server and works when it is back', async () => {
    const { store, redis } = await freshStore();
    await until(() => store.readAfter(0, { count: 1, blockMs: 1 }), { what: 'its connection' });
    await redis.pause();
    const hung = await store.readAfter(0, { count: 1, blockMs: 50 }).catch((err) => err);
    expect(isAppError(hung, 'upstream_timeout')).toBe(true);
    await redis.resume();
    await store.append([row()]);
    const rows = await until(() => store.readAfter(0, { count: 1, blockMs: 50 }));
    expect(rows).toHaveLength(1);
  });

  test('a server that is away → fails each call at once, and none is sent later', async () => {
    const { store, redis, ready } = await freshStore();
    await store.beat();
    await redis.pause();
    const underWay = store.append([row()]).catch((err) => err);
    await redis.kill();
    expect(isAppError(await underWay, 'upstream_unavailable')).toBe(true);
    const refused = await store.append([row()]).catch((err) => err);
    expect(isAppError(refused, 'upstream_unavailable')).toBe(true);
    await redis.restart({ keepData: true });
    await ready();
    expect((await store.read()).seq).toBe(0);
  });

  test('trimRead → deletes what is old and read by every group, and nothing else', async () => {
    const { store } = await freshStore();
    await store.append([row(), row(), row(), row(), row()]);
    const trimmed = async (keptMs: number) => (await store.trimRead(keptMs)).deleted;
    const { epoch } = await store.read();
    await store.reportGroup('device', { epoch, seq: 3 });
    await store.reportGroup('billing', { epoch, seq: 5 });
    expect(await trimmed(60_000)).toBe(0);
    expect(await trimmed(0)).toBe(3);
    await store.reportGroup('device', { epoch: 'another', seq: 5 });
    expect(await trimmed(0)).toBe(0);
    await store.reportGroup('device', { epoch, seq: 5 });
    expect(await trimmed(0)).toBe(2);
    const [appended] = await store.append([row()]);
    expect(appended?.position).toEqual({ epoch, seq: 6 });
  });

  test('trimRead → forgets a group that was not heard of for too long, and names it', async () => {
    const { store, client } = await freshStore();
    await store.append([row(), row(), row()]);
    const { epoch } = await store.read();
    await store.reportGroup('gone', { epoch, seq: 1 });
    await store.reportGroup('here', { epoch, seq: 2 });
    expect(await store.trimRead(0)).toEqual({ deleted: 1, forgottenGroups: [] });
    const aWeekAgoMs = Date.now() - 7 * 24 * 3_600_000;
    await client.zadd(keys.log.groupSightings(), aWeekAgoMs - 1_000, 'gone');
    expect(await store.trimRead(0)).toEqual({ deleted: 1, forgottenGroups: ['gone'] });
    expect(await store.groups()).toEqual([{ group: 'here', position: { epoch, seq: 2 } }]);
  });

  test('readBefore → brings the last rows, newest first, with the time of their appending', async () => {
    const { store } = await freshStore();
    const beforeMs = Date.now() - 1_000;
    await store.append([row(), row(), row()]);
    const rows = await store.readBefore(undefined, { count: 2 });
    expect(rows.map(({ seq }) => seq)).toEqual([3, 2]);
    expect(rows[0]?.appendedAtMs).toBeGreaterThan(beforeMs);
    expect((await store.readBefore(2, { count: 9 })).map(({ seq }) => seq)).toEqual([1]);
  });

  test('trim → deletes only what lies before', async () => {
    const { store } = await freshStore();
    await store.append([row(), row(), row()]);
    expect(await store.trim(3)).toBe(2);
    expect((await store.readAfter(0, { count: 9 })).map(({ seq }) => seq)).toEqual([3]);
  });
});

async function freshStore() {
  const redis: TestRedis = await testRedis();
  const connection = connectRedis({
    url: redis.url,
    name: 'test',
    manner: 'fail-fast',
    commandTimeoutMs: 20_000,
    logger: silentLogger,
  });
  const ready = () => whenReady(connection, 5_000);
  await ready();
  const store = createLogStore({ connection, logger: silentLogger });
  whenDone(async () => {
    await store.close();
    await connection.close();
  });
  return { redis, client: connection.client, store, ready };
}

const outbox = (seq: number) => ({ source: 'notes', seq });

function row(...tags: string[]): NewLogRow {
  return { id: randomUUID(), tags, json: `{"of":"${tags.join()}"}` };
}
