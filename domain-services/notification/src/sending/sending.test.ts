import { type CampaignProgress, HEADERS } from '@cloudphone/contracts';
import { demoPerson } from '@cloudphone/domain-service';
import {
  freePort,
  type TestRedis,
  testPostgres,
  testProgram,
  testRedis,
  until,
  whenDone,
} from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Engines,
  startNotifications,
  type TestNotifications,
} from '../fixtures/start-notifications.ts';

const PEOPLE = 2_000;
let engines: Engines;
let redis: TestRedis;
let service: TestNotifications;

beforeAll(async () => {
  redis = await testRedis();
  engines = { databaseUrl: await testPostgres().freshDatabase(), redisUrl: redis.url };
  service = await startNotifications(engines, { seedPeople: PEOPLE });
  whenDone(() => service.close());
});

const create = async (count: number, more: object = {}): Promise<string> => {
  const { body } = await service
    .post('/notifications/bulk', {
      userIds: Array.from({ length: count }, (_, index) => demoPerson(index + 1).id),
      templateCode: 'user.registered',
      ...more,
    })
    .expect(202);
  return body.batchId;
};
const progressOf = async (batchId: string) => {
  const { body } = await service.get(`/notifications/bulk/${batchId}`).expect(200);
  const progress = body as CampaignProgress;
  const sum =
    progress.successCount +
    progress.failureCount +
    progress.skippedCount +
    progress.unknownCount +
    progress.cancelledCount;
  expect(sum).toBe(progress.processedUsers);
  return progress;
};
const processed = (batchId: string, count: number) =>
  until(async () => (await progressOf(batchId)).processedUsers >= count, {
    what: `${count} people processed`,
    timeoutMs: 20_000,
    everyMs: 5,
  });
const ended = (batchId: string, timeoutMs = 40_000) =>
  until(
    async () => {
      const progress = await progressOf(batchId);
      return progress.processedUsers === progress.totalUsers ? progress : undefined;
    },
    { what: 'the end of the campaign', timeoutMs, everyMs: 20 },
  );
const inboxOf = async (batchId: string) => {
  const rows = await service.tools.db
    .selectFrom('notifications')
    .select('user_id')
    .where('batch_id', '=', batchId)
    .execute();
  return { rows: rows.length, people: new Set(rows.map((row) => row.user_id)).size };
};
const startWorkerProcess = async () =>
  testProgram({
    name: 'notification-worker',
    entry: 'domain-services/notification/src/worker.ts',
    environment: {
      PORT: String(await freePort()),
      DATABASE_URL: engines.databaseUrl,
      REDIS_URL: engines.redisUrl,
      INTERNAL_TOKEN_SECRET: service.config.internalSecret,
      LOG_LEVEL: 'warn',
    },
  });
const startWorker = async () => whenDone(await service.startWorker());

describe('sending', () => {
  it('goes on where a killed worker left off, and reaches everybody once', async () => {
    const worker = await startWorkerProcess();
    const batchId = await create(PEOPLE);
    await processed(batchId, 100);
    await worker.kill('SIGKILL');
    const left = await progressOf(batchId);
    expect(left.processedUsers).toBeLessThan(PEOPLE);
    await startWorker();
    expect(await ended(batchId)).toMatchObject({ status: 'completed', successCount: PEOPLE });
    expect(await inboxOf(batchId)).toEqual({ rows: PEOPLE, people: PEOPLE });
  }, 60_000);

  it('tells a redis that lost everything what happened, and goes on', async () => {
    await startWorker();
    const batchId = await create(PEOPLE);
    await processed(batchId, 500);
    await redis.kill();
    const mirrored = await progressOf(batchId);
    expect(mirrored).toMatchObject({ status: 'processing', totalUsers: PEOPLE });
    expect(mirrored.processedUsers).toBeGreaterThan(0);
    await redis.restart();
    expect(await ended(batchId)).toMatchObject({ status: 'completed', successCount: PEOPLE });
    expect(await inboxOf(batchId)).toEqual({ rows: PEOPLE, people: PEOPLE });
  }, 60_000);

  it('stands still while paused, and goes on when resumed', async () => {
    await startWorker();
    const batchId = await create(PEOPLE, { priority: 'low' });
    await processed(batchId, 50);
    const paused = await service.post(`/notifications/bulk/${batchId}/pause`).expect(200);
    expect(paused.body).toMatchObject({ status: 'paused', estimatedTimeRemaining: null });
    await service.post(`/notifications/bulk/${batchId}/pause`).expect(200);
    // A campaign behind it in the same lane that ends shows that every slot has passed it by.
    await ended(await create(300, { priority: 'low' }));
    const before = await progressOf(batchId);
    expect(before).toMatchObject({ status: 'paused' });
    expect(before.processedUsers).toBeLessThan(PEOPLE);
    await ended(await create(300, { priority: 'low' }));
    expect(await progressOf(batchId)).toEqual(before);
    const resumed = await service.post(`/notifications/bulk/${batchId}/resume`).expect(200);
    expect(resumed.body.status).toBe('processing');
    expect(await ended(batchId)).toMatchObject({ status: 'completed', successCount: PEOPLE });
    expect(await inboxOf(batchId)).toEqual({ rows: PEOPLE, people: PEOPLE });
    const refused = await service.post(`/notifications/bulk/${batchId}/pause`).expect(409);
    expect(refused.body.code).toBe('state_conflict');
    const types = (await service.published())
      .filter(({ data }) => data.batchId === batchId)
      .map(({ type }) => type)
      .filter((type) => type.startsWith('campaign.'));
    expect(types.slice(0, 3)).toEqual(['campaign.started', 'campaign.paused', 'campaign.resumed']);
  }, 60_000);

  it('cancels whoever was not begun, for good', async () => {
    await startWorker();
    const batchId = await create(PEOPLE);
    await processed(batchId, 50);
    const cancelled = await service.post(`/notifications/bulk/${batchId}/cancel`).expect(200);
    expect(cancelled.body).toMatchObject({ status: 'cancelled' });
    expect(cancelled.headers[HEADERS.eventIds]).toBeDefined();
    const repeat = await service.post(`/notifications/bulk/${batchId}/cancel`).expect(200);
    expect(repeat.headers[HEADERS.eventIds]).toBeUndefined();
    await service.post(`/notifications/bulk/${batchId}/resume`).expect(409);
    const end = await ended(batchId);
    expect(end).toMatchObject({ status: 'cancelled', unknownCount: 0 });
    expect(end.cancelledCount).toBeGreaterThan(0);
    expect((await inboxOf(batchId)).rows).toBe(end.successCount);
    const kept = await until(
      () =>
        service.tools.db
          .selectFrom('campaigns')
          .select('result')
          .where('batch_id', '=', batchId)
          .where('result', 'is not', null)
          .executeTakeFirst(),
      { what: 'the final counters', timeoutMs: 20_000 },
    );
    expect(kept.result?.people.cancelled).toBe(end.cancelledCount);
  }, 60_000);

  it('begins what was accepted just before redis went away', async () => {
    const batchId = await create(10);
    await redis.restart();
    await startWorker();
    expect(await ended(batchId)).toMatchObject({ successCount: 10 });
  }, 60_000);

  it('refuses to accept within a second while redis is away', async () => {
    await redis.kill();
    const startedMs = performance.now();
    const refused = await service
      .post('/notifications/bulk', { userIds: [demoPerson(1).id], templateCode: 'user.registered' })
      .expect(503);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(refused.headers['retry-after']).toBe('2');
    await redis.restart();
  });
});
