import type {
  CampaignProgress,
  CampaignRecipient,
  CampaignReport,
  ChannelKind,
  Preferences,
} from '@cloudphone/contracts';
import { demoPerson } from '@cloudphone/domain-service';
import { sql } from '@cloudphone/postgres';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type SendingWorld, startSendingWorld } from '../sending/fixtures/sending-world.ts';
import { createTestProvider } from '../sending/fixtures/test-channel.ts';

vi.setConfig({ testTimeout: 90_000 });

const PEOPLE = 260;
const provider = createTestProvider();
let world: SendingWorld;

beforeAll(async () => {
  world = await startSendingWorld(PEOPLE);
  await world.startWorker(provider);
  await world.service
    .post('/templates', {
      ...{ code: 'spring.sale', name: 'Spring sale', variables: [] },
      texts: { en: { title: 'Spring', body: 'Sale', emailHtml: '<p>Sale</p>' } },
    })
    .expect(201);
});

const idsOf = (numbers: readonly number[]) => numbers.map((number) => demoPerson(number).id);
const everybody = Array.from({ length: PEOPLE }, (_, index) => index + 1);
const inHours = (hours: number) => ({
  at: new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 19),
  timeZone: 'UTC',
});
const create = (numbers: readonly number[], more: object = {}): Promise<string> =>
  world.accepted({
    ...{ userIds: idsOf(numbers), templateCode: 'spring.sale', channels: ['email'] },
    ...more,
  });
async function change(number: number, changes: (before: Preferences) => Partial<Preferences>) {
  const path = `/users/${demoPerson(number).id}/preferences`;
  const before = (await world.service.get(path)).body as Preferences;
  const { userId: _, version: __, updatedAt: ___, ...kept } = { ...before, ...changes(before) };
  await world.service.put(path, kept).expect(200);
}
const want = (number: number, promotions: ChannelKind[]) =>
  change(number, ({ channels }) => ({ channels: { ...channels, promotions } }));
const get = async <Body>(batchId: string, path = '') =>
  (await world.service.get(`/notifications/bulk/${batchId}${path}`).expect(200)).body as Body;
const act = (batchId: string, action: string) =>
  world.service.post(`/notifications/bulk/${batchId}/${action}`).expect(200);
const skipsOf = async (batchId: string) =>
  (await get<CampaignReport>(batchId, '/report')).skipped
    .map(({ channel, code, count }) => `${count} ${channel} ${code}`)
    .sort();
const timesReached = (number: number) =>
  provider.accepted.filter((userId) => userId === demoPerson(number).id).length;

async function suppress(number: number): Promise<void> {
  const { db } = world.service.tools.postgres;
  await db
    .insertInto('suppressions')
    .values({
      ...{ id: demoPerson(number).id, channel: 'email', user_id: demoPerson(number).id },
      ...{ address: demoPerson(number).email.toLowerCase(), code: 'smtp_550', detail: 'gone' },
      created_at: new Date(),
    })
    .execute();
}

describe('an audience that is frozen', () => {
  it('says before anything is sent whom it skips, by reason, and how many are left', async () => {
    await suppress(101);
    for (const number of [2, 250]) await want(number, ['websocket']);
    const batchId = await create(everybody, { schedule: inHours(1) });
    expect(await get<CampaignProgress>(batchId)).toMatchObject({
      ...{ status: 'scheduled', totalUsers: PEOPLE, processedUsers: 3, skippedCount: 3 },
      channels: { email: { success: 0, skipped: 3 } },
      progress: 1.1,
    });
    expect(await skipsOf(batchId)).toEqual(['1 email suppressed', '2 email opted_out']);
    const { items } = await get<{ items: CampaignRecipient[] }>(
      batchId,
      '/recipients?status=skipped',
    );
    expect(items.map(({ userId, code }) => [userId, code])).toEqual([
      [demoPerson(2).id, 'opted_out'],
      [demoPerson(101).id, 'suppressed'],
      [demoPerson(250).id, 'opted_out'],
    ]);
  });

  it('is reported in one order, however many channels skip as many for the same reason', async () => {
    await want(20, []);
    const channels = ['websocket', 'sms', 'push', 'email'];
    const batchId = await create([20, 21], { channels, schedule: inHours(1) });
    // PostgreSQL groups by hashes, in no order, as soon as it knows how few groups there are.
    await sql`analyze delivery_problems`.execute(world.service.tools.postgres.db);
    const { skipped } = await get<CampaignReport>(batchId, '/report');
    const ofOneCount = skipped.filter(({ code }) => code === 'opted_out');
    const told = ofOneCount.map(({ channel }) => channel);
    expect(told).toEqual(['email', 'push', 'sms', 'websocket']);
    await act(batchId, 'cancel');
  });

  it('counts a person whom one channel skips as waiting for the other', async () => {
    await want(3, ['websocket']);
    const both = ['email', 'websocket'];
    const batchId = await create([3, 4], { channels: both, schedule: inHours(1) });
    expect(await get<CampaignProgress>(batchId)).toMatchObject({
      ...{ processedUsers: 0, skippedCount: 0 },
      channels: { email: { skipped: 1 }, websocket: { skipped: 0 } },
    });
    await act(batchId, 'cancel');
    expect(await get<CampaignProgress>(batchId)).toMatchObject({
      ...{ status: 'cancelled', processedUsers: 2, skippedCount: 1, cancelledCount: 1 },
      channels: {
        email: { skipped: 1, cancelled: 1 },
        websocket: { skipped: 0, cancelled: 2 },
      },
    });
    const { items } = await get<{ items: CampaignRecipient[] }>(batchId, '/recipients');
    expect(items.map(({ channel, status }) => `${channel} ${status}`)).toEqual([
      ...['email skipped', 'email cancelled', 'websocket cancelled', 'websocket cancelled'],
    ]);
  });

  it('asks limits for the day before it begins, and counts towards none', async () => {
    await change(5, () => ({ promotionsPerDay: 1 }));
    const { db } = world.service.tools.postgres;
    const sent = { user_id: demoPerson(5).id, channel: 'email', batch_id: demoPerson(5).id };
    await db
      .insertInto('counted_promotions')
      .values({ ...sent, channel: 'email', at: new Date() })
      .execute();
    expect(await skipsOf(await create([5], { schedule: inHours(2) }))).toEqual([
      '1 email frequency_cap',
    ]);
    expect(await skipsOf(await create([5], { schedule: inHours(30) }))).toEqual([]);
    const counted = await db.selectFrom('counted_promotions').selectAll().execute();
    expect(counted).toHaveLength(1);
  });

  it('is asked about again as it is sent: a later no is heard, a later yes is for the next one', async () => {
    await want(6, ['websocket']);
    const batchId = await create([6, 7, 8], { schedule: inHours(1) });
    await want(6, ['email']);
    await want(7, ['websocket']);
    await world.service.patch(`/notifications/bulk/${batchId}`, { schedule: 'now' }).expect(200);
    const progress = await world.ended(batchId);
    expect(progress).toMatchObject({ status: 'completed', successCount: 1, skippedCount: 2 });
    expect([6, 7, 8].map(timesReached)).toEqual([0, 0, 1]);
    expect(await skipsOf(batchId)).toEqual(['2 email opted_out']);
  });

  it('keeps whom it skips when redis forgets its ledger', async () => {
    for (const number of [10, 11]) await want(number, []);
    const batchId = await create([9, 10, 11, 12], { schedule: inHours(1) });
    for (const number of [10, 11]) await want(number, ['email']);
    provider.holdAfter(provider.accepted.length);
    await world.service.patch(`/notifications/bulk/${batchId}`, { schedule: 'now' }).expect(200);
    expect(await world.progressOf(batchId)).toMatchObject({ processedUsers: 2, skippedCount: 2 });
    await world.redis.restart();
    provider.release();
    expect(await world.ended(batchId)).toMatchObject({ successCount: 2, skippedCount: 2 });
    expect([9, 10, 11, 12].map(timesReached)).toEqual([1, 0, 0, 1]);
  });

  it('of whom nobody is left to send to ends at once', async () => {
    for (const number of [13, 14]) await want(number, []);
    const batchId = await create([13, 14]);
    expect(await world.ended(batchId)).toMatchObject({
      ...{ status: 'completed', skippedCount: 2, progress: 100 },
    });
    await world.settled(batchId);
    expect(await world.eventsOf(batchId)).toEqual(['campaign.started', 'campaign.completed']);
  });
});
