import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';

/** bentocache as its documentation sets it up for several nodes: memory, Redis, a bus between them. */
export function openPopularCache(url: string) {
  const connection = { host: '127.0.0.1', port: Number(new URL(url).port) };
  return new BentoCache({
    default: 'views',
    stores: {
      views: bentostore()
        .useL1Layer(memoryDriver({ maxSize: '64mb' }))
        .useL2Layer(redisDriver({ connection }))
        .useBus(redisBusDriver({ connection })),
    },
  });
}
