import { connectRedis, createLogStore, keys, whenReady } from '@cloudphone/redis';
import { randomId, silentLogger } from '@cloudphone/runtime';
import { type TestProgram, testProgram, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeEach, describe, expect, test } from 'vitest';
import { type CountedSource, serveCountedSource } from './counted-source.ts';

const PROCESSES = 4;
const READERS = 50;
const PATIENCE = { timeoutMs: 60_000 };
/** How far apart two clocks of one machine may read. */
const GRAIN_MS = 50;

describe('four processes of fifty readers each, all asking for one view', {
  timeout: 120_000,
  // A loader that stands still for as long as its lease lasts is replaced, rightly.
  retry: 2,
}, () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  let source: CountedSource;
  let programs: readonly TestProgram[];
  beforeEach(async () => {
    world = await openWorld();
    ({ source } = world);
    const environment = {
      REDIS_URL: world.redisUrl,
      SOURCE_URL: source.url,
      READERS: String(READERS),
    };
    const entry = 'test/contract/view-cache/cache-node.ts';
    const [first, ...others] = Array.from(
      { length: PROCESSES },
      () => () => testProgram({ name: 'cache-node', entry, environment }),
    );
    // One after the other: they are bundled into the same file.
    const started = first ? [await first()] : [];
    for (const start of others) started.push(await start());
    programs = started;
    await until(() => source.waiting === PROCESSES, { ...PATIENCE, what: 'all processes' });
  }, 120_000);

  const told = async (program: TestProgram): Promise<readonly number[]> => {
    const output = await until(() => program.output().trim(), { ...PATIENCE, what: 'answers' });
    return JSON.parse(output) as readonly number[];
  };
  const all = (value: number) => Array.from({ length: READERS }, () => value);

  test('one load in all, and the same answer for everybody', async () => {
    source.begin();
    await until(() => source.askedBy.length > 0, PATIENCE);
    await until(async () => (await world.leasesAskedFor()) >= PROCESSES, PATIENCE);
    source.answer();
    for (const program of programs) expect(await told(program)).toEqual(all(1));
    expect(source.askedBy).toHaveLength(1);
    expect(await world.storedValue()).toBe(1);
  });

  test('the one that loads is killed → another takes over when its lease ends, and what it read is nowhere', async () => {
    source.begin();
    const leader = await until(() => source.askedBy[0], PATIENCE);
    // The leader has read 1; then it changes, and the leader dies before it is answered.
    source.value = 2;
    await world.append(['value']);
    const survivors = programs.filter(({ pid }) => pid !== leader);
    expect(survivors).toHaveLength(PROCESSES - 1);
    await programs.find(({ pid }) => pid === leader)?.kill();
    const diedAtMs = performance.now();
    const leaseMs = await world.leaseLeftMs();
    expect(leaseMs).toBeLessThanOrEqual(1_000);
    expect(await world.storedValue()).toBeUndefined();
    await until(() => source.askedBy.length >= 2, PATIENCE);
    // One of three, with a lease of its own, when the dead one's had ended.
    expect(await world.leaseLeftMs()).toBeGreaterThan(0);
    expect(performance.now() - diedAtMs).toBeGreaterThan(leaseMs - GRAIN_MS);
    source.answer();
    for (const program of survivors) expect(await told(program)).toEqual(all(2));
    expect(source.askedBy).toHaveLength(2);
    expect(await world.storedValue()).toBe(2);
  });
});

async function openWorld() {
  const redis = await testRedis({ persistent: false });
  const source = await serveCountedSource();
  whenDone(() => source.close());
  const options = {
    ...({ url: redis.url, name: 'test', manner: 'fail-fast' } as const),
    commandTimeoutMs: 20_000,
  };
  const connection = connectRedis({ ...options, logger: silentLogger });
  whenDone(() => connection.close());
  await whenReady(connection, 5_000);
  const { client } = connection;
  const log = createLogStore({ connection, logger: silentLogger });
  const onlyKey = async (pattern: string) => (await client.keys(pattern))[0];
  return {
    redisUrl: redis.url,
    source,
    append: (tags: readonly string[]) => log.append([{ id: randomId(), tags, json: '{}' }]),
    /** Nothing else is SET before the first answer. */
    leasesAskedFor: async () =>
      Number(/^cmdstat_set:calls=(\d+)/m.exec(await client.info('commandstats'))?.[1] ?? 0),
    leaseLeftMs: async () => {
      const lease = await onlyKey(keys.view.lease('test', '*'));
      return lease === undefined ? 0 : await client.pttl(lease);
    },
    storedValue: async () => {
      const entry = await onlyKey(keys.view.entry('test', '*'));
      const frame = entry === undefined ? null : await client.get(entry);
      return frame === null ? undefined : JSON.parse(frame.slice(frame.indexOf('\n') + 1)).value;
    },
  };
}
