import { HEADERS } from '@cloudphone/contracts';
import { demoPerson } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import request from 'supertest';
import { beforeAll, expect, it } from 'vitest';
import { startPeopleServices } from '../fixtures/people-services.ts';
import { startNotifications, type TestNotifications } from '../fixtures/start-notifications.ts';
import { forgetUploads } from '../uploads/forget-uploads.ts';
import { forgetCampaigns } from './forget-campaigns.ts';

const DAY_MS = 86_400_000;
const inAYear = new Date(Date.now() + 365 * DAY_MS).toISOString().slice(0, 19);
const people = Array.from({ length: 3 }, (_, index) => demoPerson(index + 1));
let service: TestNotifications;

beforeAll(async () => {
  const known = await startPeopleServices(people);
  whenDone(() => known.close());
  service = await startNotifications(
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl: (await testRedis()).url },
    { serviceUrls: known.serviceUrls },
  );
  whenDone(() => service.close());
});

const after = (days: number) => ({
  ...service.tools,
  clock: { ...service.tools.clock, now: () => Date.now() + days * DAY_MS },
});
const create = (key: string) =>
  service
    .post('/notifications/bulk', {
      userIds: people.map(({ id }) => id),
      templateCode: 'user.registered',
      schedule: { at: inAYear, timeZone: 'UTC' },
    })
    .set(HEADERS.idempotencyKey, key)
    .expect(202);
const end = (batchId: string) => service.post(`/notifications/bulk/${batchId}/cancel`).expect(200);
const toldOf = async (type: string, id: string) =>
  (await service.published()).filter(
    (event) => event.type === type && [event.data.batchId, event.data.id].includes(id),
  ).length;
const rowsOf = async (table: 'audience_chunks' | 'campaign_keys', batchId: string) =>
  (
    await service.tools.db
      .selectFrom(table)
      .select('batch_id')
      .where('batch_id', '=', batchId)
      .execute()
  ).length;

it('a campaign is there for ninety days after its end, then gone with all that was kept of it', async () => {
  const key = randomId();
  const { body } = await create(key);
  const waiting = (await create(randomId())).body.batchId;
  // More than are forgotten at a time.
  const others = await Promise.all(Array.from({ length: 6 }, () => create(randomId())));
  const ended = [body.batchId, ...others.map((other) => other.body.batchId)];
  for (const batchId of ended) await end(batchId);
  expect(await rowsOf('audience_chunks', body.batchId)).toBe(1);

  await forgetCampaigns(after(89.9));
  await service.get(`/notifications/bulk/${body.batchId}`).expect(200);
  await Promise.all([forgetCampaigns(after(90.1)), forgetCampaigns(after(90.1))]);
  for (const batchId of ended) {
    await service.get(`/notifications/bulk/${batchId}`).expect(404);
    expect(await toldOf('campaign.forgotten', batchId)).toBe(1);
    expect([
      await rowsOf('audience_chunks', batchId),
      await rowsOf('campaign_keys', batchId),
    ]).toEqual([0, 0]);
  }
  await service.get(`/notifications/bulk/${waiting}`).expect(200);
  expect(await toldOf('campaign.forgotten', waiting)).toBe(0);
});

it('a key is kept as long as its schedule, and no longer than ninety days after that', async () => {
  const { body } = await service
    .post('/notifications/bulk', {
      userIds: people.map(({ id }) => id),
      templateCode: 'user.registered',
      schedule: { cron: '0 9 * * 1', timeZone: 'UTC' },
    })
    .set(HEADERS.idempotencyKey, randomId())
    .expect(202);
  const kept = () => rowsOf('campaign_keys', body.scheduleId);
  await forgetCampaigns(after(91));
  expect(await kept()).toBe(1);
  await service.delete(`/notifications/schedules/${body.scheduleId}`).expect(200);
  await forgetCampaigns(after(89));
  expect(await kept()).toBe(1);
  await forgetCampaigns(after(91));
  expect(await kept()).toBe(0);
});

it('a file of recipients is there for seven days, then gone with its people', async () => {
  const file = ['userId', ...people.map(({ id }) => id)].join('\n');
  // Sent again where the service that knows people did not answer in time: a refused one leaves nothing.
  const upload = async (): Promise<string> => {
    const { status, body } = await until(async () => {
      const answer = await request(service.url)
        .post('/notifications/uploads')
        .set({ ...service.as(), 'content-type': 'text/csv' })
        .send(file);
      return answer.status < 500 && answer;
    });
    expect(status).toBe(201);
    return body.id;
  };
  const ids = await Promise.all(Array.from({ length: 21 }, upload));
  const peopleLeft = async () =>
    (await service.tools.db.selectFrom('upload_people').select('upload_id').execute()).length;
  await forgetUploads(after(6.9));
  expect(await peopleLeft()).toBe(ids.length * people.length);
  await forgetUploads(after(7.1));
  expect(await peopleLeft()).toBe(0);
  for (const id of ids) {
    await service.get(`/notifications/uploads/${id}`).expect(404);
    expect(await toldOf('upload.forgotten', id)).toBe(1);
  }
});
