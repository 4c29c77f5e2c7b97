import { upstreamUnavailable } from '@cloudphone/errors';
import type { RedisConnection } from '@cloudphone/redis';
import type { Logger } from '@cloudphone/runtime';
import { Queue } from 'bullmq';
import { JOB_SETTINGS, MAX_JOBS_AT_ONCE, QUEUE_SETTINGS } from './bullmq-settings.ts';
import type { JobDefinition } from './define-job.ts';

export interface AddOptions {
  /** While a job of this id is in the queue, adding another does nothing. No colons. */
  readonly id: string;
  /** 0 (first) … 2,097,151; equal ones in order of arrival. */
  readonly priority?: number;
  readonly delayMs?: number;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  /** How long the job that has waited longest has been in the queue; 0 when none waits. */
  readonly oldestWaitingMs: number;
}

export interface JobQueue<Data> {
  add(data: Data, options: AddOptions): Promise<void>;
  /** In transactions of at most 500; a part may be in when it fails: add all again. */
  addMany(jobs: readonly { readonly data: Data; readonly options: AddOptions }[]): Promise<void>;
  count(): Promise<QueueCounts>;
  /** Leaves the connection open: it belongs to the caller. */
  close(): Promise<void>;
}

/**
 * The side that adds jobs. Every call throws upstream_unavailable at once while Redis is away:
 * give it a `fail-fast` connection.
 */
export function createQueue<Data>(options: {
  readonly redis: RedisConnection;
  readonly job: JobDefinition<Data>;
  readonly logger: Logger;
}): JobQueue<Data> {
  const { redis, job, logger } = options;
  let opening: Promise<Queue> | undefined;

  const open = async (): Promise<Queue> => {
    const queue = new Queue(job.queue, { connection: redis.client, ...QUEUE_SETTINGS });
    queue.on('error', (err) => logger.debug({ err, queue: job.queue }, 'a queue lost Redis'));
    await queue.waitUntilReady();
    return queue;
  };
  // BullMQ gets ready once and remembers a failure for ever, so a queue that failed is left behind.
  const ready = async (): Promise<Queue> => {
    if (!redis.isReady) throw upstreamUnavailable('redis', 'the queue is not connected');
    opening ??= open();
    try {
      return await opening;
    } catch (err) {
      opening = undefined;
      throw upstreamUnavailable('redis', 'the queue did not open', { cause: err });
    }
  };
  const add = async (queue: Queue, jobs: Parameters<JobQueue<Data>['addMany']>[0]) => {
    try {
      await queue.addBulk(jobs.map(({ data, options }) => presentJob(job, data, options)));
    } catch (err) {
      throw upstreamUnavailable('redis', 'jobs could not be added', { cause: err });
    }
  };

  return {
    add: async (data, addOptions) => add(await ready(), [{ data, options: addOptions }]),
    addMany: async (jobs) => {
      const queue = await ready();
      for (let from = 0; from < jobs.length; from += MAX_JOBS_AT_ONCE) {
        await add(queue, jobs.slice(from, from + MAX_JOBS_AT_ONCE));
      }
    },
    count: async () => {
      const opened = await ready();
      const counts = await opened.getJobCounts('wait', 'prioritized', 'active', 'delayed');
      const { wait = 0, prioritized = 0, active = 0, delayed = 0 } = counts;
      const [oldest] = await opened.getJobs(['wait', 'prioritized'], 0, 0, true);
      const oldestWaitingMs = oldest === undefined ? 0 : Math.max(0, Date.now() - oldest.timestamp);
      return { waiting: wait + prioritized, active, delayed, oldestWaitingMs };
    },
    close: async () => {
      const queue = await opening?.catch(() => undefined); // Never opened: nothing to close.
      await queue?.close();
    },
  };
}

function presentJob<Data>(job: JobDefinition<Data>, data: Data, options: AddOptions) {
  return {
    name: job.name,
    data,
    opts: {
      ...JOB_SETTINGS,
      jobId: options.id,
      ...(options.priority === undefined ? {} : { priority: options.priority }),
      ...(options.delayMs === undefined ? {} : { delay: options.delayMs }),
    },
  };
}
