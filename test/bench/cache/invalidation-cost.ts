import { keys, type Redis } from '@cloudphone/redis';
import { keyOf } from '@cloudphone/view-cache';
import { type Spread, spreadOf } from '../statistics.ts';
import { NAMESPACE, openOwnCache, SCOPE } from './own-cache.ts';
import { SHARED_TAG, taggedSource, taggedView } from './tagged-view.ts';

/** What dropping everything that was built from one tag costs Redis. */
export interface InvalidationCost {
  readonly dependants: number;
  /** How often it was invalidated. */
  readonly times: number;
  readonly redisMs: Spread;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Of one entry with its key. */
  readonly entryBytes: number;
  readonly frameBytes: number;
  /** Of a sample of dependants, how many were loaded anew afterwards; all of them. */
  readonly reloaded: number;
  readonly sampled: number;
}

const DEPENDANTS = 100_000;
const AT_ONCE = 1_000;
const TIMES = 50;
const SAMPLE = 50;
const LIFETIME_MS = 3_600_000;

export async function measureInvalidation(redisUrl: string): Promise<InvalidationCost> {
  const own = await openOwnCache(redisUrl, taggedSource, { l1Bytes: 1_000_000 });
  const { client } = own.redis;
  const paramsOf = (i: number) => ({ name: `dependant-${i}`, tags: 5 });
  const entryKey = (i: number) => keys.view.entry(NAMESPACE, keyOf(taggedView, paramsOf(i), SCOPE));
  try {
    // One is loaded, the others are its copies: their tags differ only in what nobody changes.
    await own.cache.read(taggedView, paramsOf(0), { scope: SCOPE });
    await own.cache.settled();
    const frame = await client.getBuffer(entryKey(0));
    if (frame === null) throw new Error('The view was not stored.');
    const emptyBytes = await usedBytes(client);
    for (let from = 0; from < DEPENDANTS; from += AT_ONCE) {
      const storing = client.pipeline();
      for (let i = from; i < from + AT_ONCE; i++)
        storing.set(entryKey(i), frame, 'PX', LIFETIME_MS);
      await storing.exec();
    }
    // What the first invalidation alone needs: the script, the stream, the watermark.
    await own.append([[SHARED_TAG]]);
    const bytesBefore = await usedBytes(client);
    const micros: number[] = [];
    await client.config('SET', 'slowlog-log-slower-than', '0');
    for (let n = 0; n < TIMES; n++) {
      await client.call('SLOWLOG', 'RESET');
      await own.append([[SHARED_TAG]]);
      micros.push(...appendMicros(await client.call('SLOWLOG', 'GET', '128')));
    }
    await client.config('SET', 'slowlog-log-slower-than', '10000');
    const bytesAfter = await usedBytes(client);
    let reloaded = 0;
    for (let n = 0; n < SAMPLE; n++) {
      const params = paramsOf(1 + n * Math.floor(DEPENDANTS / SAMPLE - 1));
      const { tier } = await own.cache.read(taggedView, params, { scope: SCOPE });
      if (tier === 'source') reloaded++;
    }
    return {
      dependants: DEPENDANTS,
      times: TIMES,
      redisMs: spreadOf(micros.map((each) => each / 1_000)),
      bytesBefore,
      bytesAfter,
      entryBytes: (bytesBefore - emptyBytes) / DEPENDANTS,
      frameBytes: frame.length,
      reloaded,
      sampled: SAMPLE,
    };
  } finally {
    await own.close();
  }
}

async function usedBytes(client: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1]);
}

/** Scripts that take the tag's watermark as a key: the append, and nothing else that runs here. */
function appendMicros(log: unknown): number[] {
  const entries = log as readonly [number, number, number, readonly string[], ...unknown[]][];
  const watermark = keys.log.watermark(SHARED_TAG);
  return entries
    .filter(([, , , command]) => /^evalsha$/i.test(command[0] ?? '') && command.includes(watermark))
    .map(([, , micros]) => micros);
}
