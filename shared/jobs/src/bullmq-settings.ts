import { keys } from '@cloudphone/redis';
import type { DefaultJobOptions, QueueOptions, WorkerOptions } from 'bullmq';

/**
 * Every BullMQ setting that is not its default, with the reason. BullMQ itself must be 6.3.3 or
 * later: workers of 6.0 to 6.3.2 could stop for good, silently, after an outage of Redis. Redis must
 * run with `noeviction`: a queue that loses a key at random cannot keep any promise.
 */
export const QUEUE_SETTINGS = {
  // One hash tag for all queues, so that a Cluster keeps each script's keys on one node.
  prefix: keys.jobs.prefix(),
  // Nobody reads the history of events; the default keeps 10,000 entries a queue.
  streams: { events: { maxLen: 1_000 } },
  // INFO is asked in any case; the warning about old servers goes to the console, past our logger.
  skipVersionCheck: true,
} as const satisfies Partial<QueueOptions>;

export const JOB_SETTINGS = {
  // What was done is recorded where it belongs (a ledger, a table), not in the queue. A job that is
  // gone can be added again under its id, which is how a watchdog repairs a queue.
  removeOnComplete: true,
  removeOnFail: true,
  // Jobs throw for infrastructure only. These attempts bridge some 15 s; a watchdog adds again what
  // needed longer.
  attempts: 6,
  backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
} as const satisfies DefaultJobOptions;

const LOCK_MS = 15_000;

export const lockSettings = (lockMs: number) => ({
  lockDuration: lockMs,
  stalledInterval: Math.ceil(lockMs / 3),
});

export const WORKER_SETTINGS = {
  prefix: keys.jobs.prefix(),
  skipVersionCheck: true,
  // How long a killed worker's job stays with it. With the defaults (30 s and 30 s) it went on after
  // 59 to 60 s, with these after 14 to 15 s. Renewed every 7.5 s.
  ...lockSettings(LOCK_MS),
  // The default (1) fails a job for good at its second worker crash; a rolling restart is two.
  maxStalledCount: 10,
  // How soon a worker asks again after Redis refused it; the default is 15 s.
  runRetryDelay: 1_000,
} as const satisfies Partial<WorkerOptions>;

/** Most jobs in one addBulk: one transaction of Redis, which nothing else gets into. */
export const MAX_JOBS_AT_ONCE = 500;
