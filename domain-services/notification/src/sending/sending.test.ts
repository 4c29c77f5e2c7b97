import { HEADERS } from '@cloudphone/contracts';
import { demoPerson } from '@cloudphone/domain-service';
import { freePort, testProgram, until } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { type SendingWorld, startSendingWorld } from './fixtures/sending-world.ts';
import { createTestProvider } from './fixtures/test-channel.ts';

const PEOPLE = 1_000;
/** As short as may be: what a killed worker held is waited for. */
const LEASE_MS = 5_500;
let world: SendingWorld;

beforeAll(async () => {
  world = await startSendingWorld(PEOPLE);
});

const startWorkerProcess = async () =>
  testProgram({
    name: 'notification-worker',
    entry: 'domain-services/notification/src/worker.ts',
    environment: {
      PORT: String(await freePort()),
      DATABASE_URL: world.engines.databaseUrl,
      REDIS_URL: world.engines.redisUrl,
      INTERNAL_TOKEN_SECRET: world.service.config.internalSecret,
      LOG_LEVEL: 'warn',
      SENDING_LEASE_MS: String(LEASE_MS),
    },
  });

describe('sending', () => {
  it('goes on where a killed worker left off, and reaches everybody once', async () => {
    const batchId = await world.create(PEOPLE, { channels: ['websocket'] });
    const worker = await startWorkerProcess();
    await world.processed(batchId, 1);
    await worker.kill('SIGKILL');
    const stop = await world.service.startWorker({ sendingLeaseMs: LEASE_MS });
    expect(await world.ended(batchId)).toMatchObject({ successCount: PEOPLE });
    await stop();
    const rows = await world.service.tools.db
      .selectFrom('notifications')
      .select('user_id')
      .where('batch_id', '=', batchId)
      .execute();
    expect(rows).toHaveLength(PEOPLE);
    expect(new Set(rows.map((row) => row.user_id)).size).toBe(PEOPLE);
  }, 60_000);

  it('tells a redis that lost everything what happened, and goes on', async () => {
    const provider = createTestProvider();
    // Five are missing, so of ten chunks of a hundred five are whole at least; those are mirrored.
    provider.holdAfter(PEOPLE - 5);
    await world.startWorker(provider);
    const batchId = await world.create(PEOPLE);
    await world.processed(batchId, 300);
    const { db } = world.service.tools;
    await until(() =>
      db
        .selectFrom('deliveries')
        .select('chunk')
        .where('batch_id', '=', batchId)
        .where('states', 'is not', null)
        .executeTakeFirst(),
    );
    const before = await world.progressOf(batchId);
    await world.redis.kill();
    // As if its last second had not been mirrored.
    const forgotten = await world.service.tools.postgres.db
      .deleteFrom('deliveries')
      .where('batch_id', '=', batchId)
      .where('states', 'is not', null)
      .executeTakeFirst();
    expect(forgotten.numDeletedRows).toBeGreaterThan(0n);
    const away = await world.progressOf(batchId);
    expect(away).toMatchObject({ status: 'processing', totalUsers: PEOPLE });
    expect(away.processedUsers).toBeGreaterThanOrEqual(before.processedUsers);
    provider.release();
    await world.redis.restart();
    const back = await world.progressOf(batchId);
    expect(back.processedUsers).toBeGreaterThanOrEqual(away.processedUsers);
    expect(await world.ended(batchId)).toMatchObject({ status: 'completed', successCount: PEOPLE });
    expect(new Set(provider.accepted).size).toBe(PEOPLE);
    expect(provider.accepted).toHaveLength(PEOPLE);
  }, 60_000);

  it('stands still while paused, and goes on when resumed', async () => {
    const provider = createTestProvider();
    provider.holdAfter(50);
    await world.startWorker(provider);
    const batchId = await world.create(PEOPLE, { priority: 'low' });
    await until(() => provider.accepted.length >= 50);
    const pause = () => world.service.post(`/notifications/bulk/${batchId}/pause`).expect(200);
    expect((await pause()).body).toMatchObject({ status: 'paused', estimatedTimeRemaining: null });
    await pause();
    provider.release();
    // A campaign behind it in the same lane that ends shows that every slot has passed it by.
    await world.ended(await world.create(300, { priority: 'low' }));
    const before = await world.progressOf(batchId);
    expect(before).toMatchObject({ status: 'paused' });
    expect(before.processedUsers).toBeLessThan(PEOPLE);
    await world.ended(await world.create(300, { priority: 'low' }));
    expect(await world.progressOf(batchId)).toEqual(before);
    const resumed = await world.service.post(`/notifications/bulk/${batchId}/resume`).expect(200);
    expect(resumed.body.status).toBe('processing');
    expect(await world.ended(batchId)).toMatchObject({ status: 'completed', successCount: PEOPLE });
    expect(provider.accepted).toHaveLength(PEOPLE + 600);
    const refused = await world.service.post(`/notifications/bulk/${batchId}/pause`).expect(409);
    expect(refused.body.code).toBe('state_conflict');
    const types = (await world.eventsOf(batchId)).slice(0, 3);
    expect(types).toEqual(['campaign.started', 'campaign.paused', 'campaign.resumed']);
  }, 60_000);

  it('cancels whoever was not begun, for good', async () => {
    const provider = createTestProvider();
    provider.holdAfter(50);
    await world.startWorker(provider);
    const batchId = await world.create(PEOPLE);
    await until(() => provider.accepted.length >= 50);
    const cancel = () => world.service.post(`/notifications/bulk/${batchId}/cancel`).expect(200);
    const cancelled = await cancel();
    expect(cancelled.body).toMatchObject({ status: 'cancelled' });
    expect(cancelled.headers[HEADERS.eventIds]).toBeDefined();
    expect((await cancel()).headers[HEADERS.eventIds]).toBeUndefined();
    await world.service.post(`/notifications/bulk/${batchId}/resume`).expect(409);
    provider.release();
    const end = await world.ended(batchId);
    expect(end).toMatchObject({ status: 'cancelled', unknownCount: 0 });
    expect(end.cancelledCount).toBeGreaterThan(0);
    expect(provider.accepted).toHaveLength(end.successCount);
    const { result } = await world.settled(batchId);
    expect(result?.people.cancelled).toBe(end.cancelledCount);
  }, 60_000);

  it('begins what was accepted just before redis went away', async () => {
    const batchId = await world.create(10);
    await world.redis.restart();
    await world.startWorker(createTestProvider());
    expect(await world.ended(batchId)).toMatchObject({ successCount: 10 });
  }, 60_000);

  it('refuses to accept while redis is away', async () => {
    await world.redis.kill();
    const refused = await world.service
      .post('/notifications/bulk', { userIds: [demoPerson(1).id], templateCode: 'user.registered' })
      .expect(503);
    expect(refused.headers['retry-after']).toBe('2');
    await world.redis.restart();
  });
});
