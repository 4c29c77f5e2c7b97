import { createTail } from '@cloudphone/event-log';
import { connectRedis, createLogStore, whenReady } from '@cloudphone/redis';
import { createMetrics, currentReadContext, silentLogger } from '@cloudphone/runtime';
import { createViewCache, defineView } from '@cloudphone/view-cache';
import { z } from 'zod';

/**
 * A node as a BFF puts it together, in a process of its own: when its source says so, as many readers
 * as READERS ask for one view at once; then it writes what they were told, as one line of JSON.
 */
const { REDIS_URL = '', SOURCE_URL = '', READERS = '1' } = process.env;

interface Source {
  value(): Promise<number>;
}

const source: Source = {
  value: async () => {
    const call = currentReadContext()?.beginCall(['value']);
    const response = await fetch(`${SOURCE_URL}/value?pid=${process.pid}`);
    const value = (await response.json()) as number;
    call?.answered({ tags: [{ tag: 'value' }] });
    return value;
  },
};

const valueView = defineView<Source>()({
  name: 'value',
  params: z.strictObject({}),
  scope: 'public',
  freshFor: '30s',
  servableFor: '10m',
  budgetMs: 15_000,
  load: async (_, { from }) => ({ value: await from.value() }),
});

/** Four processes on two cores: what is late for want of one is not what this is about. */
const PATIENT_MS = 20_000;
const logger = silentLogger;
const metrics = createMetrics();
const connect = (name: string, manner: 'fail-fast' | 'patient') =>
  connectRedis({ url: REDIS_URL, name, manner, commandTimeoutMs: PATIENT_MS, logger });
const redis = connect('cache', 'fail-fast');
const log = connect('log', 'fail-fast');
const tail = createTail({
  store: createLogStore({ connection: log, logger }),
  reader: createLogStore({ connection: connect('tail', 'patient'), logger }),
  logger,
  metrics,
  heartbeatMs: 5_000,
  onRow: (row) => cache.applyChange(row),
  onReset: (reset) => cache.reset(reset),
});
const cache = createViewCache({
  feed: tail,
  redis,
  logRedis: log,
  sources: source,
  namespace: 'test',
  logger,
  metrics,
  redisDeadlineMs: PATIENT_MS,
});
await Promise.all([redis, log].map((connection) => whenReady(connection, 5_000)));
await tail.start();

const scope = { audience: 'a', tenant: 't', subject: 's', permissionVersion: 1 };
await fetch(`${SOURCE_URL}/begin`);
const answers = await Promise.all(
  Array.from({ length: Number(READERS) }, () =>
    cache.read(valueView, {}, { scope, deadlineMs: 15_000 }),
  ),
);
await cache.settled();
console.log(JSON.stringify(answers.map(({ body }) => JSON.parse(body.toString()).value)));
// It stays, as a server would, until it is ended.
