import { isAppError } from '@cloudphone/errors';
import { connectRedis, type RedisConnection, whenReady } from '@cloudphone/redis';
import { createMetrics, silentLogger } from '@cloudphone/runtime';
import { type TestRedis, testRedis, until } from '@cloudphone/test-kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { createQueue, type JobQueue } from './create-queue.ts';
import { createWorker, type JobTools, type JobWorker } from './create-worker.ts';
import { defineJob } from './define-job.ts';

interface Errand {
  readonly number: number;
}

const errand = defineJob<Errand>({
  queue: 'errands',
  name: 'errand',
  data: {
    parse: (value) => {
      const { number } = value as Partial<Errand>;
      if (typeof number !== 'number') throw new TypeError('number is missing');
      return { number };
    },
  },
});

let redis: TestRedis;
let queue: JobQueue<Errand>;
let closers: (() => Promise<unknown>)[];

const connect = (manner: 'patient' | 'fail-fast'): RedisConnection => {
  const connection = connectRedis({
    ...{ url: redis.url, name: manner, manner, logger: silentLogger },
    commandTimeoutMs: 20_000,
  });
  closers.push(() => connection.close());
  return connection;
};

const work = (
  run: (data: Errand, tools: JobTools) => Promise<void>,
  concurrency = 2,
): JobWorker => {
  const worker = createWorker({
    redis: connect('patient'),
    job: errand,
    concurrency,
    run,
    logger: silentLogger,
    metrics: createMetrics(),
  });
  closers.push(() => worker.close());
  return worker;
};

beforeEach(async () => {
  redis = await testRedis();
  closers = [];
  const connection = connect('fail-fast');
  await whenReady(connection, 5_000);
  queue = createQueue({ redis: connection, job: errand, logger: silentLogger });
  closers.push(() => queue.close());
  return async () => {
    for (const close of closers.reverse()) await close();
  };
});

const numbered = (count: number) =>
  Array.from({ length: count }, (_, number) => ({
    data: { number },
    options: { id: `e-${number}` },
  }));

describe('jobs', () => {
  it('runs each added job, however many are added at once', async () => {
    const done = new Set<number>();
    await queue.addMany(numbered(1_200));
    expect((await queue.count()).waiting).toBe(1_200);
    work(async ({ number }) => void done.add(number), 20);
    await until(() => done.size === 1_200);
    await until(async () => (await queue.count()).active === 0);
    expect(await queue.count()).toEqual({ waiting: 0, active: 0, delayed: 0, oldestWaitingMs: 0 });
  });

  it('takes an id once while its job is there, and again when it is gone', async () => {
    let runs = 0;
    await queue.addMany([...numbered(1), ...numbered(1)]);
    await queue.add({ number: 0 }, { id: 'e-0' });
    expect((await queue.count()).waiting).toBe(1);
    work(async () => void runs++);
    await until(() => runs === 1);
    await until(async () => {
      await queue.add({ number: 0 }, { id: 'e-0' });
      return runs >= 2;
    });
  });

  it('runs the smaller priority first', async () => {
    const order: number[] = [];
    for (const number of [3, 1, 2]) {
      await queue.add({ number }, { id: `e-${number}`, priority: number });
    }
    work(async ({ number }) => void order.push(number), 1);
    await until(() => order.length === 3);
    expect(order).toEqual([1, 2, 3]);
  });

  it('tries a job that threw again, and puts one back that waits', async () => {
    const attempts: number[] = [];
    work(async (_, { attempt, continueIn }) => {
      attempts.push(attempt);
      if (attempt === 1) await continueIn(20);
      if (attempt === 2) throw new Error('the database is away');
    });
    await queue.add({ number: 1 }, { id: 'e-1' });
    await until(() => attempts.length === 3);
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('finishes a job that made room before it begins others of the same priority', async () => {
    const order: number[] = [];
    for (const number of [1, 2, 3]) {
      await queue.add({ number }, { id: `e-${number}`, priority: 5 });
    }
    work(async ({ number }, { attempt, continueIn }) => {
      order.push(number);
      if (number === 1 && attempt === 1) {
        await queue.add({ number: 0 }, { id: 'e-0', priority: 1 });
        await continueIn(0);
      }
    }, 1);
    await until(() => order.length === 5);
    expect(order).toEqual([1, 0, 1, 2, 3]);
  });

  it('drops a job that it cannot read without trying again', async () => {
    let runs = 0;
    await queue.add({} as Errand, { id: 'e-odd' });
    work(async () => void runs++);
    await until(async () => {
      const { waiting, active, delayed } = await queue.count();
      return waiting + active + delayed === 0;
    });
    expect(runs).toBe(0);
  });

  it('refuses to add while redis is away, and goes on by itself afterwards', async () => {
    const done: number[] = [];
    work(async ({ number }) => void done.push(number));
    await queue.add({ number: 1 }, { id: 'e-1' });
    await until(() => done.length === 1);
    await redis.kill();
    const refusal = await queue.add({ number: 2 }, { id: 'e-2' }).catch((err: unknown) => err);
    expect(isAppError(refusal, 'upstream_unavailable')).toBe(true);
    await redis.restart({ keepData: true });
    await until(() => queue.add({ number: 2 }, { id: 'e-2' }).then(() => true));
    await until(() => done.includes(2));
  });

  it('finishes the job at hand when it closes', async () => {
    let isFinished = false;
    let hasBegun = false;
    const worker = work(async (_, { signal }) => {
      hasBegun = true;
      await until(() => signal.aborted);
      isFinished = true;
    });
    await queue.add({ number: 1 }, { id: 'e-1' });
    await until(() => hasBegun);
    await worker.close();
    expect(isFinished).toBe(true);
  });
});
