import { type CampaignProgress, HEADERS, type Schedule } from '@cloudphone/contracts';
import { demoPerson } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { startNotifications, type TestNotifications } from '../fixtures/start-notifications.ts';

let service: TestNotifications;
const person = demoPerson(1).id;
const campaign = { userIds: [person], templateCode: 'user.registered' };
const weekly = { name: 'Weekly', cron: '0 9 * * 1', timeZone: 'Europe/Berlin', campaign };

beforeAll(async () => {
  service = await startNotifications({
    databaseUrl: await testPostgres().freshDatabase(),
    redisUrl: (await testRedis()).url,
  });
  whenDone(() => service.close());
});

const progressOf = async (batchId: string): Promise<CampaignProgress> =>
  (await service.get(`/notifications/bulk/${batchId}`).expect(200)).body;
const create = async (changes: object = {}): Promise<Schedule> =>
  (await service.post('/notifications/schedules', { ...weekly, ...changes }).expect(201)).body;
const firstBatchOf = ({ nextRuns }: Schedule) => nextRuns[0]?.batchId ?? '';
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
const typesOf = async (answer: { headers: Record<string, string> }) =>
  (await service.published(answer.headers[HEADERS.eventIds]?.split(','))).map(({ type }) => type);

/** As if its next occurrence had been due so long ago. */
async function makeDue({ id, nextRuns }: Schedule, hours: number): Promise<string> {
  const at = hoursAgo(hours);
  const { db } = service.tools.postgres;
  const batchId = nextRuns[0]?.batchId ?? '';
  await db
    .updateTable('campaigns')
    .set({ starts_at: at })
    .where('batch_id', '=', batchId)
    .execute();
  await db.updateTable('schedules').set({ next_at: at }).where('id', '=', id).execute();
  return batchId;
}

describe('a schedule', () => {
  it('shows its next five runs when it is saved, and the first of them as a campaign to come', async () => {
    const schedule = await create();
    expect(schedule.nextRuns).toHaveLength(5);
    for (const { local } of schedule.nextRuns) expect(local).toMatch(/T09:00:00$/);
    expect(await progressOf(firstBatchOf(schedule))).toMatchObject({
      status: 'scheduled',
      totalUsers: null,
      scheduleId: schedule.id,
      scheduledFor: schedule.nextRuns[0]?.at,
    });
    const { body } = await service.get(`/notifications/schedules/${schedule.id}`).expect(200);
    expect(body).toEqual(schedule);
  });

  it('begins an occurrence once when it is due, under the id that was foretold, and goes on', async () => {
    const schedule = await create();
    const batchId = await makeDue(schedule, 0.01);
    await until(async () => (await progressOf(batchId)).status === 'processing');
    expect(await progressOf(batchId)).toMatchObject({ totalUsers: 1 });
    // Occurrences are begun, and schedules go on, each at a look of its own.
    await until(async () => {
      const { next_at: next } = await service.tools.db
        .selectFrom('schedules')
        .select('next_at')
        .where('id', '=', schedule.id)
        .executeTakeFirstOrThrow();
      return next?.toISOString() === schedule.nextRuns[0]?.at;
    });
    const begun = (await service.published()).filter(
      ({ type, data }) => type === 'campaign.started' && data.batchId === batchId,
    );
    expect(begun).toHaveLength(1);
  });

  it.each([
    ['skip', 'cancelled'],
    ['run_once', 'processing'],
  ])('that was missed for hours → %s: %s', async (missed, status) => {
    const batchId = await makeDue(await create({ missed }), 5);
    await until(async () => (await progressOf(batchId)).status === status);
  });

  it('whose template is gone by then fails that occurrence, and is paused', async () => {
    const template = {
      ...{ code: 'test.gone', name: 'Gone', variables: [] },
      texts: { en: { title: 'T', body: 'B' } },
    };
    await service.post('/templates', template).expect(201);
    const schedule = await create({ campaign: { ...campaign, templateCode: 'test.gone' } });
    await service.tools.postgres.db
      .updateTable('templates')
      .set({ is_active: false })
      .where('code', '=', 'test.gone')
      .execute();
    const batchId = await makeDue(schedule, 0.01);
    await until(async () => (await progressOf(batchId)).status === 'failed');
    expect((await progressOf(batchId)).failure).toBe('templateCode it is switched off');
    const shown = await until(async () => {
      const { body } = await service.get(`/notifications/schedules/${schedule.id}`).expect(200);
      return body.isPaused && body;
    });
    expect(shown).toMatchObject({ isPaused: true, nextRuns: [] });
  });

  it('takes its next occurrence back when it is paused, changed or deleted', async () => {
    const schedule = await create();
    const path = `/notifications/schedules/${schedule.id}`;
    const paused = await service.post(`${path}/pause`).expect(200);
    expect(await typesOf(paused)).toEqual(['schedule.updated', 'campaign.cancelled']);
    expect(paused.body.nextRuns).toEqual([]);
    await service.get(`/notifications/bulk/${firstBatchOf(schedule)}`).expect(404);
    const resumed = await service.post(`${path}/resume`).expect(200);
    expect((await progressOf(firstBatchOf(resumed.body))).status).toBe('scheduled');

    const changed = await service.put(path, { ...weekly, cron: '0 10 * * 2' }).expect(200);
    await service.get(`/notifications/bulk/${firstBatchOf(schedule)}`).expect(404);
    expect((await progressOf(firstBatchOf(changed.body))).status).toBe('scheduled');
    await service.put(path, weekly).set('if-match', '"1"').expect(409);

    const deleted = await service.delete(path).expect(200);
    expect(await typesOf(deleted)).toEqual(['schedule.deleted', 'campaign.cancelled']);
    await service.get(path).expect(404);
    await service.get(`/notifications/bulk/${firstBatchOf(changed.body)}`).expect(404);
  });

  it('names everything that is wrong with it', async () => {
    const wrong = {
      ...{ name: 'Wrong', cron: '0 0 9 * * *', timeZone: 'Europe/Nowhere', until: 'soon' },
      campaign: { userIds: [], templateCode: 'no.such' },
    };
    const { body } = await service.post('/notifications/schedules', wrong).expect(422);
    expect(body.issues.map(({ path }: { path: string }) => path)).toEqual([
      'body.timeZone',
      'body.cron',
      'body.until',
      'body.campaign.userIds',
      'body.campaign.templateCode',
    ]);
  });
});

describe('a campaign', () => {
  const bulk = (schedule: object, more: object = {}) =>
    service.post('/notifications/bulk', { ...campaign, ...more, schedule });
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString().slice(0, 19);

  it('that comes round is a schedule whose first batch is answered, under one key one schedule', async () => {
    const key = randomId();
    const ask = () =>
      bulk({ cron: '30 8 * * *', timeZone: 'Asia/Shanghai' }).set(HEADERS.idempotencyKey, key);
    const { body } = await ask().expect(202);
    expect(body).toMatchObject({ status: 'scheduled', totalUsers: null });
    expect(body.nextRuns).toHaveLength(5);
    expect(body.nextRuns[0].batchId).toBe(body.batchId);
    expect((await ask().expect(202)).body).toEqual(body);
    await service.get(`/notifications/schedules/${body.scheduleId}`).expect(200);
  });

  it('waits for its time, can be put off, and then begins', async () => {
    const { body } = await bulk({ at: inAnHour, timeZone: 'UTC' }).expect(202);
    const path = `/notifications/bulk/${body.batchId}`;
    expect(body).toMatchObject({ status: 'scheduled', totalUsers: 1 });
    const later = new Date(Date.now() + 7_200_000).toISOString().slice(0, 16);
    const patch = (changes: object) => service.patch(path, changes);
    const changed = await patch({ schedule: { at: later, timeZone: 'UTC' } }).expect(200);
    expect(changed.body).toMatchObject({ status: 'scheduled', scheduledFor: `${later}:00.000Z` });
    await patch({ schedule: { at: '2020-01-01T00:00', timeZone: 'UTC' } }).expect(422);
    await patch({ schedule: 'now' }).expect(200);
    await until(async () => (await progressOf(body.batchId)).status === 'processing');
    expect((await patch({ name: 'Late' }).expect(409)).body.code).toBe('state_conflict');
  });

  it('for each recipient’s own morning waits for those whose morning it is not', async () => {
    whenDone(await service.startWorker());
    const { db } = service.tools.postgres;
    const [east, west] = [demoPerson(2).id, demoPerson(3).id];
    const zone = (userId: string, name: string) =>
      db.updateTable('contacts').set({ time_zone: name }).where('user_id', '=', userId).execute();
    await zone(east, 'Pacific/Kiritimati');
    await zone(west, 'Pacific/Pago_Pago');
    // Now and a little, where the day begins first.
    const soon = new Date(Date.now() + 14 * 3_600_000 + 121_000).toISOString();
    const schedule = { localTime: soon.slice(11, 16), date: soon.slice(0, 10) };
    const { body } = await bulk(schedule, { userIds: [west, east] }).expect(202);
    expect(body.status).toBe('scheduled');
    const { recipients } = await db
      .selectFrom('audience_chunks')
      .select('recipients')
      .where('batch_id', '=', body.batchId)
      .executeTakeFirstOrThrow();
    expect(recipients.toString('hex').startsWith(east.replaceAll('-', ''))).toBe(true);
    // As if that time had come there.
    const past = new Date(Date.now() + 14 * 3_600_000 - 60_000).toISOString();
    await db
      .updateTable('campaigns')
      .set({
        starts_at: hoursAgo(0.01),
        schedule: JSON.stringify({ localTime: past.slice(11, 16), date: past.slice(0, 10) }),
      })
      .where('batch_id', '=', body.batchId)
      .execute();
    await until(async () => (await progressOf(body.batchId)).processedUsers === 1);
    const items = await until(async () => {
      const path = `/notifications/bulk/${body.batchId}/recipients`;
      const { body: listed } = await service.get(path).expect(200);
      return listed.items[0]?.status === 'sent' && listed.items;
    });
    expect(
      items.map((one: { userId: string; status: string }) => [one.userId, one.status]),
    ).toEqual([
      [east, 'sent'],
      [west, 'pending'],
    ]);
  });

  it('for a time that is past, or past where the day begins first, is refused', async () => {
    const issuesOf = async (schedule: object) =>
      (await bulk(schedule).expect(422)).body.issues.map(({ path }: { path: string }) => path);
    expect(await issuesOf({ at: '2026-02-30T09:00', timeZone: 'UTC' })).toEqual([
      'body.schedule.at',
    ]);
    expect(await issuesOf({ localTime: '09:00', date: '2020-01-01' })).toEqual([
      'body.schedule.localTime',
    ]);
    expect(await issuesOf({ localTime: '9', date: '2020-01-01' })).toEqual([
      'body.schedule.localTime',
    ]);
    expect(await issuesOf({})).toEqual(['body.schedule']);
  });
});
