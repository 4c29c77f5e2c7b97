import { setImmediate as nextTurn } from 'node:timers/promises';
import { keyOf, type ViewKey } from '@cloudphone/view-cache';
import { type OwnCache, openOwnCache, SCOPE } from './own-cache.ts';
import { openPopularCache } from './popular-cache.ts';
import { FILLING, type TaggedSource, taggedSource, taggedView, tagsOf } from './tagged-view.ts';

/** Validated look-ups in memory a second of processor time: the machine may have other work. */
export interface PeekRow {
  readonly name: 'ours' | 'bentocache';
  readonly tags: number;
  readonly eventsPerSecond: number;
  /** One a round, in the order of the rounds. */
  readonly samples: readonly number[];
}

const KEYS = 1_000;
const ROUNDS = 9;
const ROUND_MS = 300;
const SLICE_MS = 4;
const EVENTS_PER_SECOND = 1_000;

const TAGS = [1, 50] as const;

interface Measured {
  readonly row: Omit<PeekRow, 'samples'>;
  readonly run: (forMs: number) => Promise<number>;
  readonly samples: number[];
}

const measured = (row: Measured['row'], run: Measured['run']): Measured => ({
  row,
  run,
  samples: [],
});

/**
 * Rows in turn, round after round, forwards and backwards, so that what else the machine does falls on
 * all of them.
 */
export async function measurePeekRate(redisUrl: string): Promise<readonly PeekRow[]> {
  const own = await openOwnCache(redisUrl, taggedSource);
  const popular = openPopularCache(redisUrl);
  try {
    const rows: Measured[] = [];
    for (const tags of TAGS) {
      const keys = await fill(own, tags);
      const silently = (ms: number) => peekFor(own, keys, ms);
      rows.push(measured({ name: 'ours', tags, eventsPerSecond: 0 }, silently));
      const busily = (ms: number) => whileEventsCome(own, () => peekFor(own, keys, ms));
      rows.push(measured({ name: 'ours', tags, eventsPerSecond: EVENTS_PER_SECOND }, busily));
    }
    for (const tags of TAGS) {
      const keys = await fillPopular(popular, tags);
      const run = (ms: number) => getFor(popular, keys, ms);
      rows.push(measured({ name: 'bentocache', tags, eventsPerSecond: 0 }, run));
    }
    rows.sort((a, b) => a.row.eventsPerSecond - b.row.eventsPerSecond);
    for (const { run } of rows) await run(ROUND_MS);
    for (let round = 0; round < ROUNDS; round++) {
      for (const { run, samples } of round % 2 === 0 ? rows : rows.toReversed()) {
        samples.push(await run(ROUND_MS));
      }
    }
    return rows.map(({ row, samples }) => ({ ...row, samples }));
  } finally {
    await popular.disconnectAll();
    await own.close();
  }
}

async function fill({ cache }: OwnCache<TaggedSource>, tags: number): Promise<readonly ViewKey[]> {
  const keys: ViewKey[] = [];
  for (let i = 0; i < KEYS; i++) {
    const params = { name: `${tags}-${i}`, tags };
    await cache.read(taggedView, params, { scope: SCOPE });
    keys.push(keyOf(taggedView, params, SCOPE));
  }
  return keys;
}

/** Only the look-ups are timed; between slices others have their turn (the tail, above all). */
async function peekFor(
  { cache }: OwnCache<TaggedSource>,
  keys: readonly ViewKey[],
  forMs: number,
): Promise<number> {
  let spentMs = 0;
  let peeks = 0;
  while (spentMs < forMs) {
    const cpuBefore = process.cpuUsage();
    const beganAtMs = performance.now();
    let nowMs = beganAtMs;
    while (nowMs - beganAtMs < SLICE_MS) {
      for (const key of keys) {
        if (cache.peek(taggedView, key) === undefined) throw new Error(`${key} is no hit.`);
      }
      peeks += keys.length;
      nowMs = performance.now();
    }
    spentMs += cpuMsSince(cpuBefore);
    await nextTurn();
  }
  return (peeks / spentMs) * 1_000;
}

async function whileEventsCome(
  own: OwnCache<TaggedSource>,
  run: () => Promise<number>,
): Promise<number> {
  let isOver = false;
  const beganAtMs = performance.now();
  const append = async () => {
    for (let appended = 0; !isOver; ) {
      const due = Math.floor(((performance.now() - beganAtMs) * EVENTS_PER_SECOND) / 1_000);
      const count = Math.min(100, due - appended);
      if (count > 0) await own.append(Array.from({ length: count }, (_, i) => [`elsewhere:${i}`]));
      appended += Math.max(0, count);
      await nextTurn();
    }
  };
  const appending = append();
  const result = await run();
  isOver = true;
  await appending;
  return result;
}

type Popular = ReturnType<typeof openPopularCache>;

async function fillPopular(popular: Popular, tags: number): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let i = 0; i < KEYS; i++) {
    const key = `tagged:${tags}:${i}`;
    await popular.set({ key, value: FILLING, ttl: '1h', tags: tagsOf(`${tags}-${i}`, tags) });
    keys.push(key);
  }
  return keys;
}

async function getFor(popular: Popular, keys: readonly string[], forMs: number): Promise<number> {
  const cpuBefore = process.cpuUsage();
  let gets = 0;
  while (cpuMsSince(cpuBefore) < forMs) {
    for (const key of keys.slice(0, 100)) {
      if ((await popular.get({ key })) === undefined) throw new Error(`${key} is no hit.`);
      gets++;
    }
  }
  return (gets / cpuMsSince(cpuBefore)) * 1_000;
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
