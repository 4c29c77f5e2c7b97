import { setImmediate as nextTurn } from 'node:timers/promises';
import { keyOf, type ViewKey } from '@cloudphone/view-cache';
import { type Spread, spreadOf } from '../statistics.ts';
import { type OwnCache, openOwnCache, SCOPE } from './own-cache.ts';
import { openPopularCache } from './popular-cache.ts';
import { FILLING, type TaggedSource, taggedSource, taggedView, tagsOf } from './tagged-view.ts';

/** Validated look-ups in memory a second of processor time: the machine may have other work. */
export interface PeekRow {
  readonly name: string;
  readonly perSecond: Spread;
  readonly eventsPerSecond: number;
}

const KEYS = 1_000;
const ROUNDS = 5;
const ROUND_MS = 300;
const SLICE_MS = 4;
const EVENTS_PER_SECOND = 1_000;

/** Rows in turn, round after round, so that what else the machine does falls on all of them. */
export async function measurePeekRate(redisUrl: string): Promise<readonly PeekRow[]> {
  const own = await openOwnCache(redisUrl, taggedSource);
  const popular = openPopularCache(redisUrl);
  try {
    const few = await fill(own, 1);
    const many = await fill(own, 50);
    const rows: { name: string; eventsPerSecond: number; run: (ms: number) => Promise<number> }[] =
      [
        { name: 'ours, 1 tag', eventsPerSecond: 0, run: (ms) => peekFor(own, few, ms) },
        { name: 'ours, 50 tags', eventsPerSecond: 0, run: (ms) => peekFor(own, many, ms) },
        {
          name: 'ours, 1 tag',
          eventsPerSecond: EVENTS_PER_SECOND,
          run: (ms) => whileEventsCome(own, () => peekFor(own, few, ms)),
        },
        {
          name: 'ours, 50 tags',
          eventsPerSecond: EVENTS_PER_SECOND,
          run: (ms) => whileEventsCome(own, () => peekFor(own, many, ms)),
        },
      ];
    for (const tags of [1, 50]) {
      const keys = await fillPopular(popular, tags);
      const run = (ms: number) => getFor(popular, keys, ms);
      rows.push({
        name: `bentocache, ${tags === 1 ? '1 tag' : `${tags} tags`}`,
        eventsPerSecond: 0,
        run,
      });
    }
    const measured = rows.map((row) => ({ ...row, samples: [] as number[] }));
    for (const { run } of measured) await run(ROUND_MS);
    for (let round = 0; round < ROUNDS; round++) {
      for (const { run, samples } of measured) samples.push(await run(ROUND_MS));
    }
    return measured.map(({ name, eventsPerSecond, samples }) => ({
      name,
      eventsPerSecond,
      perSecond: spreadOf(samples),
    }));
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
