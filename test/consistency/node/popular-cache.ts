import { type ReadContext, runInReadContext } from '@cloudphone/runtime';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import type { Sources } from './sources.ts';
import type { Subject, SubjectFollower } from './subject.ts';
import { SCOPE, type Target } from './views.ts';

/**
 * A popular two-tier cache for comparison, set up as its documentation says: memory before Redis, a
 * Redis bus between nodes, tags set by the factory from what it loaded, `deleteByTag` for everything
 * that a write changed, a grace period. Its time-outs are longer than any load takes, so that
 * grace is for failing sources only. Every node deletes by tag for every row of the log, and a row
 * counts as known only when that is done: more than the documentation asks for.
 */
export function createPopularCache(options: {
  readonly sources: Sources;
  readonly cacheRedisUrl: string;
}): Subject & SubjectFollower {
  const { port } = new URL(options.cacheRedisUrl);
  const connection = { host: '127.0.0.1', port: Number(port) };
  const bento = new BentoCache({
    default: 'views',
    stores: {
      views: bentostore()
        .useL1Layer(memoryDriver({ maxSize: '64mb' }))
        .useL2Layer(redisDriver({ connection }))
        .useBus(redisBusDriver({ connection, retryQueue: { enabled: true } })),
    },
  });
  let loads = 0;

  const load = async ({ view, params }: Target): Promise<{ body: string; tags: string[] }> => {
    loads++;
    const tags = new Set<string>();
    const part = <Part>(_name: string, run: () => Promise<Part>) => run();
    const tools = { from: options.sources, scope: SCOPE, required: part, optional: part };
    const body = await runInReadContext(recordInto(tags), () => view.load(params, tools));
    return { body: JSON.stringify(body), tags: [...tags] };
  };

  return {
    knowsPositions: false,
    peek: () => undefined,
    read: async (target) => {
      const body = await bento.getOrSet({
        key: `${target.view.name}:${target.params.id}`,
        ttl: target.view.freshForMs,
        grace: target.view.servableForMs,
        timeout: '30s',
        factory: async (context) => {
          const loaded = await load(target);
          context.setTags(loaded.tags);
          return loaded.body;
        },
      });
      return {
        body: sameBuffer(body),
        position: undefined,
        status: 'hit',
        tier: 'memory',
        degraded: [],
        stale: [],
        ageMs: 0,
      };
    },
    loads: () => loads,
    onRow: async ({ tags }) => {
      await bento.deleteByTag({ tags: [...tags] });
    },
    onReset: () => undefined,
  };
}

function recordInto(tags: Set<string>): ReadContext {
  return {
    beginCall: (known) => {
      for (const tag of known ?? []) tags.add(tag);
      return {
        answered: (answer) => {
          for (const { tag } of answer.tags) tags.add(tag);
        },
        failed: () => undefined,
      };
    },
    minVersionOf: () => undefined,
  };
}

const buffers = new Map<string, Buffer>();

/** The judge knows bytes that it has read before by their identity. */
function sameBuffer(body: string): Buffer {
  const found = buffers.get(body);
  if (found) return found;
  const buffer = Buffer.from(body);
  if (buffers.size > 5_000) buffers.clear();
  buffers.set(body, buffer);
  return buffer;
}
