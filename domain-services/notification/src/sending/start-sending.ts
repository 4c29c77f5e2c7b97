import { createWorker } from '@cloudphone/jobs';
import type { RedisConnection } from '@cloudphone/redis';
import type { Lifecycle, Metrics } from '@cloudphone/runtime';
import { LANES, type Lane } from './chunk-job.ts';
import { jobLockMs } from './lease.ts';
import { createChunkSender } from './send-chunk.ts';
import type { Sending } from './sending.ts';
import { createSendingMetrics } from './sending-metrics.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';

/**
 * Slots: urgent campaigns never wait for the others'. What many slots ask for at once is asked
 * together, so many are cheaper than few.
 */
const SLOTS: Readonly<Record<Lane, number>> = { shared: 32, urgent: 4 };

/** Begins to send: one worker a lane of this process, and the watchdog. Ends with the lifecycle. */
export function startSending(
  sending: Sending,
  options: {
    readonly lanes: readonly Lane[];
    /** For the queue's workers. */
    readonly patientRedis: RedisConnection;
    /** The ledger's. */
    readonly redis: RedisConnection;
    /** What urgent campaigns ask: on connections that the others do not fill. */
    readonly urgent: Pick<Sending, 'db' | 'ports'>;
    readonly metrics: Metrics;
    readonly lifecycle: Lifecycle;
  },
): Watchdog {
  const { patientRedis, redis, lifecycle } = options;
  const metrics = createSendingMetrics(options.metrics);
  // Nothing is shared: whoever waits for a question of the others' waits for all of theirs.
  const senders = {
    shared: createChunkSender(sending, { metrics, isUrgent: false }),
    urgent: createChunkSender({ ...sending, ...options.urgent }, { metrics, isUrgent: true }),
  };
  for (const lane of options.lanes) {
    const worker = createWorker({
      redis: patientRedis,
      job: LANES[lane],
      concurrency: SLOTS[lane],
      lockMs: jobLockMs(sending.leaseMs),
      run: senders[lane],
      logger: sending.logger,
      metrics: options.metrics,
    });
    lifecycle.onClose(`${lane} campaign worker`, () => worker.close());
  }
  const watchdog = startWatchdog(sending, { redis, metrics });
  lifecycle.onClose('watchdog', () => watchdog.close());
  return watchdog;
}
