import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectRedis } from '@cloudphone/redis';
import { silentLogger } from '@cloudphone/runtime';
import { testRedis, until, whenDone } from '@cloudphone/test-kit';
import { expect, test } from 'vitest';
import { createQueue } from './create-queue.ts';
import { createQueueBoard } from './create-queue-board.ts';
import { defineJob } from './define-job.ts';

test('the board shows queues and what waits in them, and changes nothing', async () => {
  const { url } = await testRedis();
  const redis = connectRedis({
    url,
    name: 'board',
    manner: 'fail-fast',
    commandTimeoutMs: 20_000,
    logger: silentLogger,
  });
  whenDone(() => redis.close());
  await until(() => redis.isReady);
  const job = defineJob<{ of: string }>({
    queue: 'shown',
    name: 'work',
    data: { parse: (value) => value as { of: string } },
  });
  const queue = createQueue({ redis, job, logger: silentLogger });
  whenDone(() => queue.close());
  await queue.add({ of: 'Ada' }, { id: 'one' });

  const board = createQueueBoard({
    ...{ redis, queues: ['shown'], path: '/admin/queues', logger: silentLogger },
  });
  whenDone(() => board.close());
  const server = createServer((req, res) => {
    board.router(req, res, (err) => {
      res.statusCode = (err as { status?: number } | undefined)?.status ?? 404;
      res.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  whenDone(async () => void server.close());
  const at = (path: string, method = 'GET') =>
    fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method });

  const page = await (await at('/')).text();
  expect(page).toContain('<base href="/admin/queues/"');
  const script = /src="(static\/js\/main[^"]+)"/.exec(page)?.[1];
  expect((await at(`/${script}`)).status).toBe(200);
  const { queues } = (await (await at('/api/queues')).json()) as {
    queues: { name: string; readOnlyMode: boolean; counts: Record<string, number> }[];
  };
  expect(queues).toMatchObject([{ name: 'shown', readOnlyMode: true, counts: { waiting: 1 } }]);
  for (const [method, path] of [
    ['PUT', '/api/queues/shown/pause'],
    ['PUT', '/api/queues/shown/one/clean'],
    ['POST', '/api/queues/shown/add'],
    ['DELETE', '/api/queues/shown'],
  ] as const) {
    expect((await at(path, method)).status).toBe(405);
  }
  expect((await queue.count()).waiting).toBe(1);
});
