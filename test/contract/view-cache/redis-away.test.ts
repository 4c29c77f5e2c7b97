import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  connectRedis,
  createLogStore,
  type LogStore,
  type Redis,
  whenReady,
} from '@cloudphone/redis';
import { silentLogger } from '@cloudphone/runtime';
import { type TestRedis, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { type ChangingValues, createChangingValues, tell, valueView } from './changing-values.ts';
import { type NodeOptions, openNode } from './open-node.ts';

/** At random: callers in step with each other would ask for one key after the other together. */
const anyKey = () => KEYS[Math.floor(Math.random() * KEYS.length)] as string;
const SCOPE = { audience: 'a', tenant: 't', subject: 's', permissionVersion: 1 };
const KEYS = Array.from({ length: 60 }, (_, i) => `value:${i}`);
const CALLERS = 40;
/** Long, so that what a busy machine adds to a read is not taken for it. */
const DEADLINE_MS = 400;
const HEARTBEAT_MS = 150;
const MAX_LOADS = 8;
const PATIENCE = { timeoutMs: 30_000 };

interface Reading {
  readonly beganAtMs: number;
  readonly tookMs: number;
}

const p99Of = (readings: readonly Reading[]): number => {
  const sorted = readings.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
};

describe('a node under load, and its Redis', { timeout: 120_000 }, () => {
  let redis: TestRedis;
  let client: Redis;
  let log: LogStore;
  let values: ChangingValues;
  beforeEach(async () => {
    redis = await testRedis();
    const options = { url: redis.url, name: 'test', manner: 'fail-fast' } as const;
    const patience = { commandTimeoutMs: 20_000 };
    const connection = connectRedis({ ...options, ...patience, logger: silentLogger });
    whenDone(() => connection.close());
    await whenReady(connection, 5_000);
    client = connection.client;
    log = createLogStore({ connection, logger: silentLogger });
    values = createChangingValues();
  });

  const open = (options: Partial<NodeOptions<ChangingValues>> = {}) =>
    openNode({
      redisUrl: redis.url,
      heartbeatMs: HEARTBEAT_MS,
      redisDeadlineMs: DEADLINE_MS,
      maxLoads: MAX_LOADS,
      sources: values,
      ...options,
    });
  const read = async ({ cache }: Awaited<ReturnType<typeof open>>, key: string) => {
    const answer = await cache.read(valueView, { key }, { scope: SCOPE });
    const { value } = JSON.parse(answer.body.toString()) as { value: number };
    return { ...answer, value, tier: answer.tier, status: answer.status };
  };

  test('hung → costs readers one deadline, once, their p99 no more; then it is not asked, and the source gets so many calls at a time', async () => {
    const node = await open();
    for (const key of KEYS) await read(node, key);
    const readings: Reading[] = [];
    let isOver = false;
    const call = async (caller: number) => {
      for (let n = 0; !isOver; n++) {
        const beganAtMs = performance.now();
        // One in four asks for what memory cannot have.
        await read(node, n % 4 === 0 ? `new:${caller}:${n}` : anyKey());
        readings.push({ beganAtMs, tookMs: performance.now() - beganAtMs });
        await sleep(1);
      }
    };
    const calling = Array.from({ length: CALLERS }, (_, caller) => call(caller));
    const isWellUnderWay = () => readings.length > 20 * CALLERS && !node.cache.stats().isStoreAway;
    await until(isWellUnderWay, PATIENCE);
    const slowness = monitorEventLoopDelay({ resolution: 5 });
    slowness.enable();
    await redis.pause();
    const hungAtMs = performance.now();
    const since = (fromMs: number) => readings.filter(({ beganAtMs }) => beganAtMs >= fromMs);
    await until(() => node.cache.stats().isStoreAway, { ...PATIENCE, everyMs: 1 });
    const [awayAtMs, commands] = [performance.now(), node.commands];
    await until(() => !node.tail.isTrusted && since(awayAtMs).length > 50 * CALLERS, PATIENCE);
    isOver = true;
    await Promise.all(calling);

    expect(node.commands).toBe(commands);
    expect(values.mostRunning).toBeLessThanOrEqual(MAX_LOADS);
    // What else the machine does delays readers as it delays the event loop.
    const delayMs = slowness.max / 1e6;
    const slowestMs = (fromMs: number) => Math.max(...since(fromMs).map(({ tookMs }) => tookMs));
    // Whoever was waiting then, or began to: had Redis been slow before, its time was half over.
    const waiting = readings.filter(({ beganAtMs, tookMs }) => beganAtMs + tookMs >= hungAtMs);
    expect(Math.max(...waiting.map(({ tookMs }) => tookMs))).toBeGreaterThan(DEADLINE_MS / 2);
    // A read waits for the source behind so many others, and each of those may be delayed.
    const turnsMs = (CALLERS / MAX_LOADS) * delayMs;
    expect(slowestMs(hungAtMs)).toBeLessThan(1.5 * DEADLINE_MS + delayMs + turnsMs);
    expect(slowestMs(awayAtMs)).toBeLessThan(DEADLINE_MS / 2 + turnsMs);
    const before = readings.filter(({ beganAtMs, tookMs }) => beganAtMs + tookMs < hungAtMs);
    const usualMs = p99Of(before);
    expect(p99Of(since(hungAtMs))).toBeLessThan(usualMs + DEADLINE_MS + delayMs + turnsMs);
    expect(p99Of(since(awayAtMs))).toBeLessThan(usualMs + DEADLINE_MS / 2 + turnsMs);
    await redis.resume();
    await until(() => !node.cache.stats().isStoreAway, PATIENCE);
    await until(async () => (await read(node, 'value:1')).status === 'hit', PATIENCE);
  });

  test('back again, but the tail is behind → it is not believed until the tail has caught up', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const node = await open({ beforeRow: () => held, heartbeatMs: 3_000 });
    await read(node, 'value:1');
    await node.cache.settled();
    const position = await tell(log, 'value:1', values.change('value:1'));
    await redis.pause();
    // What is in nobody's memory has to be asked of Redis, which finds out that it hangs.
    await Promise.all([read(node, 'value:2'), until(() => !node.tail.isTrusted, PATIENCE)]);
    expect(node.cache.stats().isStoreAway).toBe(true);
    await redis.resume();
    const before = node.answeredProbes;
    await until(() => node.answeredProbes >= before + 2, PATIENCE);
    expect(node.tail.applied?.seq).toBe(position.seq - 1);
    expect(node.cache.stats().isStoreAway).toBe(true);
    const doubted = await read(node, 'value:1');
    expect([doubted.value, doubted.status]).toEqual([1, 'bypass']);
    release();
    await until(() => !node.cache.stats().isStoreAway, PATIENCE);
    expect(node.tail.applied).toEqual(position);
    expect((await read(node, 'value:1')).value).toBe(1);
  });

  test.each([
    ['killed and restarted empty', () => redis.restart()],
    ['killed and restarted with what it had written', () => redis.restart({ keepData: true })],
    ['flushed', () => client.flushall()],
  ])('%s, again and again → nobody is shown less than the node knew', async (_, upset) => {
    /** What whoever begins to read now is entitled to. */
    const known = new Map<string, number>();
    const node = await open({
      onRow: ({ envelope }) => {
        const { key, value } = envelope.data as { key: string; value: number };
        known.set(key, Math.max(value, known.get(key) ?? 0));
      },
      // A log that may have lost rows: everything that is true by then may have been in them.
      onReset: () => {
        for (const key of KEYS) known.set(key, values.truthOf(key));
      },
    });
    const old: string[] = [];
    const tiers: Record<string, number> = {};
    let reads = 0;
    let told = 0;
    let isOver = false;
    const callAgain = async () => {
      while (!isOver) {
        const key = anyKey();
        const entitledTo = known.get(key) ?? 0;
        const { value, tier, status } = await read(node, key);
        if (value < entitledTo) old.push(`${key}: ${value} (${status}), not ${entitledTo}`);
        reads++;
        tiers[tier] = (tiers[tier] ?? 0) + 1;
        await sleep(1);
      }
    };
    const write = async () => {
      while (!isOver) {
        const key = anyKey();
        const value = values.change(key);
        // What cannot be told now is told with the next change; meanwhile it is nobody's knowledge.
        const isTold = await tell(log, key, value).then(
          () => true,
          () => false,
        );
        if (isTold) told++;
        await sleep(2);
      }
    };
    const running = [write(), ...Array.from({ length: 20 }, callAgain)];
    for (let round = 0; round < 3; round++) {
      const [readsBefore, toldBefore, epoch] = [reads, told, node.tail.applied?.epoch];
      await until(() => reads > readsBefore + 300 && told > toldBefore + 30, PATIENCE);
      await upset();
      await until(() => node.tail.isTrusted && node.tail.applied?.epoch !== epoch, PATIENCE);
    }
    const [readsBefore, hitsBefore] = [reads, tiers.memory ?? 0];
    await until(() => reads > readsBefore + 300 && (tiers.memory ?? 0) > hitsBefore, PATIENCE);
    isOver = true;
    await Promise.all(running);
    expect(old).toEqual([]);
    expect(tiers.source).toBeGreaterThan(0);
  });
});
