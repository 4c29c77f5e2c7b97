import {
  type CampaignProgress,
  HEADERS,
  type Identity,
  SYSTEM_IDENTITY,
} from '@cloudphone/contracts';
import { demoPerson } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { startNotifications, type TestNotifications } from '../fixtures/start-notifications.ts';

const LARGE = 201;
let service: TestNotifications;
const maker: Identity = { ...SYSTEM_IDENTITY, userId: randomId() };
const checker: Identity = { ...SYSTEM_IDENTITY, userId: randomId() };
const people = Array.from({ length: LARGE }, (_, index) => demoPerson(index + 1).id);

beforeAll(async () => {
  service = await startNotifications(
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl: (await testRedis()).url },
    { seedPeople: LARGE, approvalAbove: LARGE - 1 },
  );
  whenDone(() => service.close());
  whenDone(await service.startWorker());
});

const call = (who: Identity, method: 'get' | 'post' | 'patch', path: string) =>
  request(service.url)[method](`/notifications/bulk${path}`).set(service.as(who));
const create = async (userIds = people, more: object = {}) => {
  const body = { userIds, templateCode: 'user.registered', ...more };
  return (await call(maker, 'post', '').send(body).expect(202)).body;
};
const progressOf = async (batchId: string): Promise<CampaignProgress> =>
  (await call(maker, 'get', `/${batchId}`).expect(200)).body;
const approve = (
  who: Identity,
  { batchId, contentHash }: { batchId: string; contentHash: unknown },
) => call(who, 'post', `/${batchId}/approve`).send({ contentHash });
vi.setConfig({ testTimeout: 90_000 });
const finished = (batchId: string) =>
  until(
    async () => {
      const progress = await progressOf(batchId);
      return progress.status === 'completed' ? progress : undefined;
    },
    { timeoutMs: 60_000 },
  );

describe('a campaign above the configured size', () => {
  it('waits for somebody else than its creator, and sends to nobody before', async () => {
    const { batchId, status } = await create();
    expect(status).toBe('awaiting_approval');
    const waiting = await progressOf(batchId);
    expect(waiting).toMatchObject({
      status: 'awaiting_approval',
      totalUsers: LARGE,
      startedAt: null,
    });
    const own = await approve(maker, waiting as never).expect(403);
    expect(own.body.code).toBe('second_person_needed');
    const answer = await approve(checker, waiting as never).expect(200);
    expect(answer.body).toMatchObject({ status: 'processing', approvedBy: checker.userId });
    const told = await service.published(String(answer.headers[HEADERS.eventIds]).split(','));
    expect(told.map(({ type }) => type)).toEqual(['campaign.approved', 'campaign.started']);
    expect(await finished(batchId)).toMatchObject({ successCount: LARGE });
    await approve(checker, waiting as never).expect(200);
  });

  it('is approved as it was looked at: any edit revokes, and another hash is refused', async () => {
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString().slice(0, 19);
    const { batchId } = await create(people, { schedule: { at: inAnHour, timeZone: 'UTC' } });
    const first = await progressOf(batchId);
    await call(maker, 'patch', `/${batchId}`).send({ priority: 'low' }).expect(200);
    const refused = await approve(checker, first as never).expect(409);
    const { contentHash } = await progressOf(batchId);
    expect(refused.body).toMatchObject({ code: 'version_conflict', contentHash });
    expect(contentHash).not.toBe(first.contentHash);
    const approved = await approve(checker, { batchId, contentHash }).expect(200);
    expect(approved.body.status).toBe('scheduled');
    const edited = await call(maker, 'patch', `/${batchId}`).send({ name: 'Other' }).expect(200);
    expect(edited.body).toMatchObject({ status: 'awaiting_approval', approvedBy: null });
    const cancelled = await call(maker, 'post', `/${batchId}/cancel`).expect(200);
    expect(cancelled.body).toMatchObject({ status: 'cancelled', cancelledCount: LARGE });
    await approve(checker, { batchId, contentHash: edited.body.contentHash }).expect(409);
  });

  it('needs none when it is smaller, or only tried out', async () => {
    expect((await create(people.slice(1))).status).toBe('processing');
    expect((await create(people, { dryRun: true })).status).toBe('processing');
  });
});

describe('a dry run', () => {
  it('counts who would be reached and who not, and why, and reaches nobody', async () => {
    const { db } = service.tools.postgres;
    const [, second = ''] = people;
    await db.updateTable('contacts').set({ email: null }).where('user_id', '=', second).execute();
    const stranger = randomId();
    const { batchId } = await create([...people, stranger], {
      ...{ dryRun: true, channels: ['email'], rate: 100 },
      templateCode: 'billing.low_balance',
      data: { amount: 1, currency: 'XXXX' },
    });
    const done = await finished(batchId);
    const askedMs = Date.now();
    const { body } = await call(maker, 'get', `/${batchId}/report`).expect(200);
    expect(done).toMatchObject({ isDryRun: true, processedUsers: LARGE + 1, skippedCount: 1 });
    expect(body).toMatchObject({
      isDryRun: true,
      failed: [{ channel: 'email', code: 'render_failed', count: LARGE }],
      skipped: [{ channel: 'email', code: 'unknown_person', count: 1 }],
    });
    expect(Date.parse(body.projectedEndAt)).toBeGreaterThan(askedMs);
    const captured = await service.get(`/captured-messages?batchId=${batchId}`).expect(200);
    expect(captured.body.items).toEqual([]);
    const { body: failed } = await call(
      ...([maker, 'get', `/${batchId}/recipients?status=failed&limit=1`] as const),
    ).expect(200);
    expect(failed.items[0]).toMatchObject({ code: 'render_failed', detail: expect.any(String) });
  });
});

describe('recipients of a campaign', () => {
  it('are listed page by page, and exported whole, with what became of each', async () => {
    const stranger = randomId();
    const { batchId } = await create([...people.slice(0, 150), stranger], {
      channels: ['websocket', 'email'],
    });
    await finished(batchId);
    // From then on its recipients are told by its row's mirror alone.
    await until(() =>
      service.tools.db
        .selectFrom('campaigns')
        .select('result')
        .where('batch_id', '=', batchId)
        .where('result', 'is not', null)
        .executeTakeFirst(),
    );
    const listed: { userId: string; channel: string; status: string }[] = [];
    let cursor = '';
    do {
      const path: string = `/${batchId}/recipients?limit=70${cursor && `&cursor=${cursor}`}`;
      const { body } = await call(maker, 'get', path).expect(200);
      listed.push(...body.items);
      cursor = body.nextCursor ?? '';
    } while (cursor !== '');
    expect(listed.map(({ userId }) => userId)).toEqual([
      ...[...people.slice(0, 150), stranger],
      ...[...people.slice(0, 150), stranger],
    ]);
    const skipped = listed.filter(({ status }) => status === 'skipped');
    expect(skipped).toHaveLength(listed.filter(({ status }) => status !== 'sent').length);
    expect(skipped.filter(({ userId }) => userId === stranger)).toHaveLength(2);

    const file = await call(maker, 'get', `/${batchId}/recipients.csv?channel=email`).expect(200);
    expect(file.headers['content-disposition']).toContain(`campaign-${batchId}.csv`);
    expect(file.text.trimEnd().split('\r\n')).toHaveLength(152);
    const lines = await call(maker, 'get', `/${batchId}/recipients.ndjson`)
      .buffer(true)
      .parse((res, done) => {
        let text = '';
        res.on('data', (part: Buffer) => {
          text += part;
        });
        res.on('end', () => done(null, text));
      })
      .expect(200);
    const exported = String(lines.body).trimEnd().split('\n');
    expect(exported.map((line) => JSON.parse(line))).toEqual(listed);
  });
});
