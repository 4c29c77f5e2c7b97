import { type CampaignProgress, HEADERS } from '@cloudphone/contracts';
import { demoPerson } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNotifications, type TestNotifications } from '../fixtures/start-notifications.ts';

const PEOPLE = 1_000;
let service: TestNotifications;

const people = (count: number, from = 1) =>
  Array.from({ length: count }, (_, index) => demoPerson(from + index).id);
const maintenance = (userIds: readonly string[], more: object = {}) => ({
  userIds,
  templateCode: 'system.maintenance',
  data: { startsAt: '2026-03-01T02:00:00Z', endsAt: '2026-03-01T04:00:00Z' },
  ...more,
});
const create = (body: object, key?: string) => {
  const call = service.post('/notifications/bulk', body);
  return key === undefined ? call : call.set(HEADERS.idempotencyKey, key);
};
const progressOf = async (batchId: string) =>
  (await service.get(`/notifications/bulk/${batchId}`).expect(200)).body as CampaignProgress;
const sumOf = (progress: CampaignProgress) =>
  progress.successCount +
  progress.failureCount +
  progress.skippedCount +
  progress.unknownCount +
  progress.cancelledCount;
const inboxRowsOf = (batchId: string) =>
  service.tools.db
    .selectFrom('notifications')
    .select(['id', 'user_id'])
    .where('batch_id', '=', batchId)
    .execute();

beforeAll(async () => {
  service = await startNotifications(
    {
      databaseUrl: await testPostgres().freshDatabase(),
      redisUrl: (await testRedis()).url,
    },
    { seedPeople: PEOPLE },
  );
  whenDone(() => service.close());
});

describe('creating a campaign', () => {
  it('answers 202 with the frozen size, each person once', async () => {
    const userIds = [...people(3), ...people(3)];
    const { body } = await create(maintenance(userIds, { name: 'Three' })).expect(202);
    expect(body).toMatchObject({ totalUsers: 3, status: 'processing' });
    expect(await progressOf(body.batchId)).toMatchObject({
      name: 'Three',
      totalUsers: 3,
      processedUsers: 0,
      progress: 0,
      channels: { websocket: { success: 0 } },
      completedAt: null,
    });
  });

  it('names everything that is wrong with it at once, before anything is sent', async () => {
    const issuesOf = async (body: object) => (await create(body).expect(422)).body.issues;
    expect(
      await issuesOf({
        userIds: [],
        templateCode: 'billing.low_balance',
        data: { amount: 'much' },
        channels: ['pigeon', 'websocket'],
        schedule: { at: '2020-01-01T09:00', timeZone: 'Mars/Olympus' },
      }),
    ).toEqual([
      { path: 'body.schedule.timeZone', message: 'there is no such time zone' },
      { path: 'body.channels.0', message: 'there is no such channel: pigeon' },
      { path: 'body.userIds', message: 'is empty' },
      { path: 'body.data.amount', message: 'must be a number' },
      { path: 'body.data.currency', message: 'is missing' },
    ]);
    expect(
      await issuesOf({
        audience: { csv: randomId() },
        templateCode: 'no.such',
        schedule: { at: '2020-01-01T09:00', timeZone: 'Asia/Shanghai' },
      }),
    ).toEqual([
      { path: 'body.schedule.at', message: 'is past' },
      { path: 'body.audience.csv', message: 'there is no such upload, or no longer' },
      { path: 'body.templateCode', message: 'there is no such template' },
    ]);
    const twice = { userIds: people(1), audience: { savedSegment: randomId() } };
    expect(await issuesOf({ ...twice, templateCode: 'x' })).toEqual([
      {
        path: 'body.audience',
        message: 'name one audience: userIds, csv, segment or savedSegment',
      },
    ]);
    expect(
      await issuesOf({ audience: { savedSegment: randomId() }, templateCode: 'user.registered' }),
    ).toEqual([{ path: 'body.audience.savedSegment', message: 'there is no such segment' }]);
  });

  it('is one batch under one key, however many ask at once', async () => {
    const key = randomId();
    const body = maintenance(people(5));
    const answers = await Promise.all(Array.from({ length: 200 }, () => create(body, key)));
    const accepted = answers.filter(({ status }) => status === 202);
    // So many wait for a few connections, on a slow machine for too long.
    expect(answers.every(({ status }) => [202, 409, 503].includes(status))).toBe(true);
    const repeat = await until(async () => {
      const answer = await create(body, key);
      return answer.status === 202 && answer;
    });
    for (const answer of accepted) expect(answer.body).toEqual(repeat.body);
    const { campaigns } = await service.tools.db
      .selectFrom('campaigns')
      .select((is) => is.fn.countAll<string>().as('campaigns'))
      .where('batch_id', '=', repeat.body.batchId)
      .executeTakeFirstOrThrow();
    expect(Number(campaigns)).toBe(1);
    const told = (await service.published()).filter(
      ({ type, data }) => type === 'campaign.started' && data.batchId === repeat.body.batchId,
    );
    expect(told).toHaveLength(1);
    const other = await create(maintenance(people(6)), key).expect(422);
    expect(other.body.code).toBe('idempotency_mismatch');
  });
});

describe('sending a campaign', () => {
  it('reaches each of a thousand people once through two workers, every poll adding up', async () => {
    const stops = [await service.startWorker(), await service.startWorker()];
    const { body } = await create(
      maintenance([...people(PEOPLE - 1), randomId()], { channels: ['websocket', 'email'] }),
    ).expect(202);
    const polls: CampaignProgress[] = [];
    const last = await until(
      async () => {
        const progress = await progressOf(body.batchId);
        polls.push(progress);
        return progress.status === 'completed' ? progress : undefined;
      },
      { everyMs: 20 },
    );
    for (const [index, poll] of polls.entries()) {
      expect(sumOf(poll)).toBe(poll.processedUsers);
      expect(poll.processedUsers).toBeGreaterThanOrEqual(polls[index - 1]?.processedUsers ?? 0);
      expect(poll.status === 'completed').toBe(poll.processedUsers === PEOPLE);
    }
    expect(last).toMatchObject({
      successCount: PEOPLE - 1,
      skippedCount: 1,
      progress: 100,
      channels: { websocket: { success: PEOPLE - 1 }, email: { success: PEOPLE - 1, skipped: 1 } },
      estimatedTimeRemaining: null,
    });
    const rows = await inboxRowsOf(body.batchId);
    expect(rows).toHaveLength(PEOPLE - 1);
    expect(new Set(rows.map((row) => row.user_id)).size).toBe(PEOPLE - 1);
    const captured = await service
      .get(`/captured-messages?batchId=${body.batchId}&limit=200`)
      .expect(200);
    expect(captured.body.items).toHaveLength(200);
    expect(captured.body.items[0]).toMatchObject({
      channel: 'email',
      address: expect.stringMatching(/@example\.com$/),
    });

    await until(async () =>
      (await service.published()).some(
        ({ type, data }) => type === 'campaign.completed' && data.batchId === body.batchId,
      ),
    );
    // The final answer needs no ledger, and no longer changes.
    await service.tools.redis.client.flushall();
    const final = await service.get(`/notifications/bulk/${body.batchId}`).expect(200);
    // Polls that find the ledger away know that it has ended, not when.
    expect(final.body).toEqual({ ...last, completedAt: expect.any(String) });
    expect(final.headers['retry-after']).toBeUndefined();
    await service
      .get(`/notifications/bulk/${body.batchId}`)
      .set('if-none-match', final.headers.etag ?? '')
      .expect(304);
    for (const stop of stops) await stop();
  }, 60_000);
});
