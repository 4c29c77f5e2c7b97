import type { RedisConnection } from '@cloudphone/redis';
import { type Logger, type Metrics, SECONDS_BUCKETS } from '@cloudphone/runtime';
import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { lockSettings, WORKER_SETTINGS } from './bullmq-settings.ts';
import type { JobDefinition } from './define-job.ts';

export interface JobTools {
  /** How often this job was begun, this time included: after a crash, a failure or a wait it rises. */
  readonly attempt: number;
  /** Aborts when the worker closes: finish the step at hand, then return or throw. */
  readonly signal: AbortSignal;
  /**
   * Gives the slot free and puts the job back for `delayMs`; with 0, before the others of its
   * priority, so that what was begun is finished first. Never returns: it throws what ends the run,
   * which must not be caught. Does not count as a failure.
   */
  continueIn(delayMs: number): Promise<never>;
}

export interface JobWorker {
  /** Whether it takes jobs. */
  readonly isRunning: boolean;
  /** Takes no more jobs and waits for those at hand. */
  close(): Promise<void>;
}

/**
 * Runs the jobs of a queue, each by one worker at a time as long as that worker lives; a crashed
 * worker's job is begun again some 15 s later. So `run` must be able to begin again anywhere. What
 * it throws is retried with backoff, then the job is dropped and logged. Give it a `patient`
 * connection; Redis may go and come back.
 */
export function createWorker<Data>(options: {
  readonly redis: RedisConnection;
  readonly job: JobDefinition<Data>;
  readonly concurrency: number;
  /** How long a killed worker's job stays with it; 15 s unless told. */
  readonly lockMs?: number;
  readonly run: (data: Data, tools: JobTools) => Promise<void>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): JobWorker {
  const { redis, job, logger } = options;
  const stopping = new AbortController();
  const observe = options.metrics.histogram({
    name: 'cloudphone_job_seconds',
    help: 'How long a run of a job took, by its end.',
    labels: ['queue', 'end'],
    buckets: SECONDS_BUCKETS,
  });

  const runJob = async (bullJob: Job, token?: string): Promise<void> => {
    const startedMs = performance.now();
    const finish = (end: string) =>
      observe((performance.now() - startedMs) / 1_000, { queue: job.queue, end });
    const continueIn = async (delayMs: number): Promise<never> => {
      if (delayMs <= 0) {
        await bullJob.moveToWait(token);
        throw new WaitingError();
      }
      await bullJob.moveToDelayed(Date.now() + delayMs, token);
      throw new DelayedError();
    };
    try {
      await options.run(parse(job, bullJob), {
        attempt: bullJob.attemptsStarted,
        signal: stopping.signal,
        continueIn,
      });
      finish('done');
    } catch (err) {
      finish(err instanceof DelayedError || err instanceof WaitingError ? 'put-back' : 'failed');
      throw err;
    }
  };

  const worker = new Worker(job.queue, runJob, {
    connection: redis.client,
    concurrency: options.concurrency,
    ...WORKER_SETTINGS,
    ...(options.lockMs !== undefined && lockSettings(options.lockMs)),
  });
  worker.on('error', (err) => logger.warn({ err, queue: job.queue }, 'a worker met an error'));
  worker.on('stalled', (jobId) =>
    logger.warn({ jobId, queue: job.queue }, 'a job of a worker that is gone begins again'),
  );
  worker.on('failed', (failed, err) => {
    const isLast = failed === undefined || failed.attemptsMade >= (failed.opts.attempts ?? 1);
    const fields = { err, jobId: failed?.id, queue: job.queue };
    if (isLast) logger.error(fields, 'a job failed for good and was dropped');
    else logger.warn(fields, 'a job failed and will be tried again');
  });

  return {
    get isRunning() {
      return worker.isRunning();
    },
    close: async () => {
      stopping.abort();
      await worker.close();
    },
  };
}

function parse<Data>(job: JobDefinition<Data>, bullJob: Job): Data {
  try {
    return job.data.parse(bullJob.data);
  } catch (err) {
    // No retry makes it readable.
    throw new UnrecoverableError(`job ${bullJob.id} of ${job.queue} is not readable: ${err}`);
  }
}
