import { setTimeout as sleep } from 'node:timers/promises';
import { currentReadContext } from '@cloudphone/runtime';
import { defineView } from '@cloudphone/view-cache';
import { z } from 'zod';
import { percentile } from '../statistics.ts';
import { openOwnCache, SCOPE } from './own-cache.ts';
import { openPopularCache } from './popular-cache.ts';

/** From asking to the answer, less what the calls themselves took, ms. */
export interface MissRow {
  readonly name: string;
  readonly overheadMs: { readonly p50: number; readonly p99: number };
}

const MISSES = 200;

interface SlowSource {
  call(name: string, delayMs: number): Promise<string>;
}

const slowSource: SlowSource = {
  call: async (name, delayMs) => {
    const call = currentReadContext()?.beginCall([name]);
    await sleep(delayMs);
    call?.answered({ tags: [{ tag: name }] });
    return name;
  },
};

/** What the calls of each load took, by its key: nothing else is theirs. */
const ownMs = new Map<string, number>();

/** 12 ms, then 4 and 8 ms side by side, then 4 ms: the slowest chain takes 24. */
async function compose(id: string, from: SlowSource): Promise<unknown> {
  const beganAtMs = performance.now();
  const device = await from.call(`device:${id}`, 12);
  const beside = [from.call(`owner:${id}`, 4), from.call(`app:${id}`, 8)];
  const [owner, app] = await Promise.all(beside);
  const order = await from.call(`order:${id}`, 4);
  ownMs.set(id, performance.now() - beganAtMs);
  return { device, owner, app, order };
}

const chainView = defineView<SlowSource>()({
  name: 'chain',
  params: z.strictObject({ id: z.string() }),
  scope: 'public',
  freshFor: '1h',
  servableFor: '2h',
  load: ({ id }, { from }) => compose(id, from),
});

export async function measureMisses(redisUrl: string): Promise<readonly MissRow[]> {
  const own = await openOwnCache(redisUrl, slowSource);
  const popular = openPopularCache(redisUrl);
  const samples = { ours: [] as number[], popular: [] as number[] };
  const time = async (id: string, read: () => Promise<unknown>): Promise<number> => {
    const beganAtMs = performance.now();
    await read();
    return performance.now() - beganAtMs - (ownMs.get(id) ?? 0);
  };
  try {
    for (let n = 0; n < MISSES; n++) {
      const [a, b] = [`ours-${n}`, `popular-${n}`];
      samples.ours.push(
        await time(a, () => own.cache.read(chainView, { id: a }, { scope: SCOPE })),
      );
      const factory = () => compose(b, slowSource);
      const options = { key: b, ttl: '1h', tags: [`device:${b}`], factory };
      samples.popular.push(await time(b, () => popular.getOrSet(options)));
    }
    return [row('ours', samples.ours), row('bentocache, getOrSet', samples.popular)];
  } finally {
    await popular.disconnectAll();
    await own.close();
  }
}

function row(name: string, samples: readonly number[]): MissRow {
  const sorted = [...samples].sort((a, b) => a - b);
  return { name, overheadMs: { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) } };
}
