import { setTimeout as sleep } from 'node:timers/promises';
import { currentReadContext } from '@cloudphone/runtime';
import { defineView } from '@cloudphone/view-cache';
import { z } from 'zod';
import { answerParent } from '../child-program.ts';
import { type OwnCache, openOwnCache, SCOPE } from './own-cache.ts';
import { openPopularCache } from './popular-cache.ts';

/** Ask one of the two for something that nobody has, `readers` times at once. */
export interface ColdQuestion {
  readonly redisUrl: string;
  readonly cache: 'ours' | 'bentocache';
  readonly id: string;
  readonly readers: number;
}

/** How often this process composed the answer. */
export interface ColdReport {
  readonly compositions: number;
}

const LOAD_MS = 60;
let compositions = 0;

interface SlowSource {
  compose(id: string): Promise<string>;
}

const source: SlowSource = {
  compose: async (id) => {
    const call = currentReadContext()?.beginCall([id]);
    compositions++;
    await sleep(LOAD_MS);
    call?.answered({ tags: [{ tag: id }] });
    return id;
  },
};

const coldView = defineView<SlowSource>()({
  name: 'cold',
  params: z.strictObject({ id: z.string() }),
  scope: 'public',
  freshFor: '1h',
  servableFor: '2h',
  load: async ({ id }, { from }) => ({ id: await from.compose(id) }),
});

let own: Promise<OwnCache<SlowSource>> | undefined;
let popular: ReturnType<typeof openPopularCache> | undefined;

answerParent(async ({ redisUrl, cache, id, readers }: ColdQuestion): Promise<ColdReport> => {
  const before = compositions;
  const read = await readerOf(cache, redisUrl);
  await Promise.all(Array.from({ length: readers }, () => read(id)));
  return { compositions: compositions - before };
});

async function readerOf(
  cache: ColdQuestion['cache'],
  redisUrl: string,
): Promise<(id: string) => Promise<unknown>> {
  if (cache === 'ours') {
    own ??= openOwnCache(redisUrl, source);
    const opened = await own;
    return (id) => opened.cache.read(coldView, { id }, { scope: SCOPE });
  }
  popular ??= openPopularCache(redisUrl);
  const opened = popular;
  return (id) => opened.getOrSet({ key: id, ttl: '1h', factory: () => source.compose(id) });
}
