import { createWorker } from '@cloudphone/jobs';
import type { RedisConnection } from '@cloudphone/redis';
import type { Lifecycle, Metrics } from '@cloudphone/runtime';
import { LANES } from './chunk-job.ts';
import { createChunkSender } from './send-chunk.ts';
import type { Sending } from './sending.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';

/** Slots: urgent campaigns never wait for the others'. */
const SHARED_SLOTS = 4;
const URGENT_SLOTS = 2;

/** Begins to send: one worker a lane, and the watchdog. Ends with the lifecycle. */
export function startSending(
  sending: Sending,
  options: {
    /** For the queue's workers. */
    readonly patientRedis: RedisConnection;
    /** The ledger's. */
    readonly redis: RedisConnection;
    readonly metrics: Metrics;
    readonly lifecycle: Lifecycle;
  },
): Watchdog {
  const { patientRedis, metrics, lifecycle } = options;
  const run = createChunkSender(sending);
  const work = (lane: keyof typeof LANES, concurrency: number) => {
    const worker = createWorker({
      redis: patientRedis,
      job: LANES[lane],
      concurrency,
      run,
      logger: sending.logger,
      metrics,
    });
    lifecycle.onClose(`${lane} campaign worker`, () => worker.close());
  };
  work('shared', SHARED_SLOTS);
  work('urgent', URGENT_SLOTS);
  const watchdog = startWatchdog(sending, options.redis);
  lifecycle.onClose('watchdog', () => watchdog.close());
  return watchdog;
}
