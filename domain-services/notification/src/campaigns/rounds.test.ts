import { type CampaignProgress, type CampaignReport, HEADERS } from '@cloudphone/contracts';
import { demoPerson } from '@cloudphone/domain-service';
import { createCampaignLedger } from '@cloudphone/redis';
import { randomId } from '@cloudphone/runtime';
import { until } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { type SendingWorld, startSendingWorld } from '../sending/fixtures/sending-world.ts';
import { createTestProvider } from '../sending/fixtures/test-channel.ts';
import { noteProgress } from './note-progress.ts';

const PEOPLE = 60;
const provider = createTestProvider({ isRepeatable: false });
let world: SendingWorld;

beforeAll(async () => {
  world = await startSendingWorld(PEOPLE);
  await world.startWorker(provider);
});

const personOf = (number: number) => demoPerson(number).id;
const post = (batchId: string, step: string, filter?: object) =>
  world.service.post(`/notifications/bulk/${batchId}/${step}`, filter ? { filter } : {});
const typesOf = async (answer: { headers: Record<string, string> }) => {
  const ids = answer.headers[HEADERS.eventIds]?.split(',');
  return ids === undefined ? [] : (await world.service.published(ids)).map(({ type }) => type);
};
const settledAs = async (batchId: string, counts: Partial<CampaignProgress>) => {
  await world.settled(batchId);
  expect(await world.progressOf(batchId)).toMatchObject({ status: 'completed', ...counts });
};
const timesTold = async (batchId: string, type: string) =>
  (await world.eventsOf(batchId)).filter((told) => told === type).length;

describe('dead letters over HTTP', () => {
  it('are sent again as a round of their own: those that are meant, once, and told', async () => {
    const [bad, worse] = [personOf(3), personOf(4)];
    provider.answer = ({ contact: { userId } }) => {
      if (userId === bad) return { kind: 'rejected', code: 'no_such', detail: 'no such address' };
      if (userId === worse) return { kind: 'rejected', code: 'too_big', detail: 'too big' };
      return undefined;
    };
    const batchId = await world.create(PEOPLE);
    const sent = () => provider.accepted.length;
    await settledAs(batchId, { successCount: PEOPLE - 2, failureCount: 2 });
    const before = sent();

    provider.answer = () => undefined;
    const none = await post(batchId, 'dead-letters/replay', { code: 'other' }).expect(202);
    expect(await typesOf(none)).toEqual([]);
    expect(none.body).toMatchObject({ status: 'completed', failureCount: 2 });
    const answers = await Promise.all(
      [1, 2, 3].map(() => post(batchId, 'dead-letters/replay', { code: 'no_such' })),
    );
    // One of them opened the round; the others found it running, or nothing left to do.
    const told = (await Promise.all(answers.map(typesOf))).flat();
    expect(told).toEqual(['campaign.resumed']);
    await settledAs(batchId, { successCount: PEOPLE - 1, failureCount: 1 });
    expect(sent()).toBe(before + 1);
    await post(batchId, 'dead-letters/replay').expect(202);
    await settledAs(batchId, { successCount: PEOPLE, failureCount: 0 });
    expect(sent()).toBe(before + 2);
    expect(await timesTold(batchId, 'campaign.completed')).toBe(3);
  }, 60_000);

  it('of what is not there, still runs or was cancelled are refused', async () => {
    await post(randomId(), 'dead-letters/replay').expect(404);
    await post(randomId(), 'unknown/resend').expect(404);
    await post(randomId(), 'unknown/accept').expect(404);
    const body = {
      ...{ userIds: [personOf(1)], templateCode: 'user.registered', channels: ['email'] },
      schedule: {
        at: new Date(Date.now() + 3_600_000).toISOString().slice(0, 19),
        timeZone: 'UTC',
      },
    };
    const created = await world.service.post('/notifications/bulk', body).expect(202);
    const { batchId } = created.body;
    for (const step of ['dead-letters/replay', 'unknown/resend', 'unknown/accept']) {
      expect((await post(batchId, step).expect(409)).body.code).toBe('state_conflict');
    }
    await post(batchId, 'dead-letters/replay', { person: 'me' }).expect(422);
    await world.service.post(`/notifications/bulk/${batchId}/cancel`).expect(200);
    await post(batchId, 'dead-letters/replay').expect(409);
  });
});

describe('deliveries of which nobody knows', () => {
  async function withUnknown(...numbers: number[]) {
    const doubted = numbers.map(personOf);
    provider.answer = ({ contact: { userId } }) =>
      doubted.includes(userId)
        ? { kind: 'unknown', code: 'no_answer', detail: 'the line went dead' }
        : undefined;
    const batchId = await world.create(PEOPLE);
    const unknownCount = numbers.length;
    await settledAs(batchId, { successCount: PEOPLE - unknownCount, unknownCount });
    provider.answer = () => undefined;
    return batchId;
  }
  /** As if that had been a minute ago: the worker in doubt has certainly ended. */
  const ripen = (batchId: string) =>
    world.service.tools.postgres.db
      .updateTable('delivery_problems')
      .set({ at: new Date(Date.now() - 60_000) })
      .where('batch_id', '=', batchId)
      .execute();

  it('are resent only when nobody can still be sending, and then once', async () => {
    const batchId = await withUnknown(5, 6);
    const before = provider.accepted.length;
    const early = await post(batchId, 'unknown/resend').expect(202);
    expect(await typesOf(early)).toEqual([]);
    expect(early.body).toMatchObject({ status: 'completed', unknownCount: 2 });
    await ripen(batchId);
    const opened = await post(batchId, 'unknown/resend').expect(202);
    expect(await typesOf(opened)).toEqual(['campaign.resumed']);
    await settledAs(batchId, { successCount: PEOPLE, unknownCount: 0 });
    expect(provider.accepted.slice(before).sort()).toEqual([personOf(5), personOf(6)].sort());
  }, 60_000);

  it('are taken for sent when somebody says so, and nothing is sent', async () => {
    const batchId = await withUnknown(7, 8);
    const before = provider.accepted.length;
    const path = `/notifications/bulk/${batchId}/recipients`;
    const listed = (await world.service.get(`${path}?status=unknown`).expect(200)).body.items;
    expect(listed).toHaveLength(2);
    const accepted = await post(batchId, 'unknown/accept', { code: 'no_answer' }).expect(200);
    expect(await typesOf(accepted)).toEqual(['campaign.updated']);
    expect(accepted.body).toMatchObject({ successCount: PEOPLE, unknownCount: 0 });
    expect(await typesOf(await post(batchId, 'unknown/accept').expect(200))).toEqual([]);
    const sent = (await world.service.get(`${path}?status=sent&limit=200`).expect(200)).body.items;
    expect(sent).toHaveLength(PEOPLE);
    expect(provider.accepted).toHaveLength(before);
  }, 60_000);
});

it('a report tells how it went minute by minute, to its end, and is kept only then', async () => {
  const { tools } = world.service;
  const { service } = world;
  provider.holdAfter(provider.accepted.length + 10);
  const batchId = await world.create(PEOPLE);
  await world.processed(batchId, 1);
  const sources = { ...tools, ledger: createCampaignLedger(tools.redis) };
  const earlierMs = Date.now() - 5 * 60_000;
  const earlier = { ...tools.clock, now: () => earlierMs };
  await noteProgress({ ...sources, clock: earlier });
  // As another process noted it that looked later and wrote sooner.
  const { db } = tools.postgres;
  const further = { processed: 15, sent: 15 };
  await db.updateTable('campaign_minutes').set(further).where('batch_id', '=', batchId).execute();
  await noteProgress({ ...sources, clock: earlier });
  provider.release();
  await world.settled(batchId);
  await until(async () => (await world.progressOf(batchId)).status === 'completed');
  await noteProgress(sources);
  await noteProgress(sources);
  const { body } = await service.get(`/notifications/bulk/${batchId}/report`).expect(200);
  const { overTime } = body as CampaignReport;
  const minute = new Date(Math.floor(earlierMs / 60_000) * 60_000).toISOString();
  expect(overTime[0]?.at).toBe(minute);
  expect(overTime[0]).toMatchObject(further);
  expect(overTime.at(-1)).toMatchObject({ processed: PEOPLE, sent: PEOPLE });
  const counts = overTime.slice(1).map(({ processed }) => processed);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(new Set(overTime.map(({ at }) => at)).size).toBe(overTime.length);
  // No event tells when the last minute is noted: until then nobody may keep the report.
  const keptUntil = async () =>
    (await service.get(`/notifications/bulk/${batchId}/report`).expect(200)).headers['cache-until'];
  expect(await keptUntil()).toBeUndefined();
  // The service notes the last minute every ten seconds, too: maybe between the change and the look.
  const isKeptWith = (noted: readonly { minute: Date; processed: number; sent: number }[]) =>
    until(async () => {
      await db.deleteFrom('campaign_minutes').where('batch_id', '=', batchId).execute();
      for (const row of noted) {
        await db
          .insertInto('campaign_minutes')
          .values({ batch_id: batchId, ...row })
          .execute();
      }
      return keptUntil();
    });
  // Everybody was counted by then, and it ended in a later minute, whose row is still to come.
  const tenMinutesAgo = new Date(Date.parse(minute) - 5 * 60_000);
  await isKeptWith([{ minute: tenMinutesAgo, processed: PEOPLE, sent: PEOPLE }]);
  await isKeptWith([]);
}, 60_000);
