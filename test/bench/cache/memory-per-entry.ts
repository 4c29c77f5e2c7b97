import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openOwnCache, SCOPE } from './own-cache.ts';
import { taggedSource, taggedView } from './tagged-view.ts';

/** What an entry weighs in this process. */
export interface MemoryPerEntry {
  readonly entries: number;
  readonly bodyBytes: number;
  readonly heapBytes: number;
  readonly bufferBytes: number;
  /** What the cache counts against its budget. */
  readonly countedBytes: number;
}

const ENTRIES = 5_000;
const AT_ONCE = 50;

export async function measureMemory(redisUrl: string): Promise<MemoryPerEntry> {
  const own = await openOwnCache(redisUrl, taggedSource, { l1Bytes: 256 * 1024 * 1024 });
  try {
    const read = async (i: number) =>
      own.cache.read(taggedView, { name: `weighed-${i}`, tags: 5 }, { scope: SCOPE });
    const first = await read(-1);
    await own.cache.settled();
    const before = weigh();
    for (let from = 0; from < ENTRIES; from += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => read(from + i)));
    }
    await own.cache.settled();
    const after = weigh();
    const { memory } = own.cache.stats();
    return {
      entries: ENTRIES,
      bodyBytes: first.body.length,
      heapBytes: (after.heapUsed - before.heapUsed) / ENTRIES,
      bufferBytes: (after.arrayBuffers - before.arrayBuffers) / ENTRIES,
      countedBytes: memory.bytes / memory.entries,
    };
  } finally {
    await own.close();
  }
}

function weigh(): NodeJS.MemoryUsage {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage();
}
