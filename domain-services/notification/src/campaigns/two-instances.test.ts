import { demoPerson } from '@cloudphone/domain-service';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import { beforeAll, expect, it } from 'vitest';
import { startPeopleServices } from '../fixtures/people-services.ts';
import { startNotifications, type TestNotifications } from '../fixtures/start-notifications.ts';

const PEOPLE = 2_500;
const people = Array.from({ length: PEOPLE }, (_, index) => demoPerson(index + 1));
let one: TestNotifications;
let other: TestNotifications;

beforeAll(async () => {
  const known = await startPeopleServices(people);
  whenDone(() => known.close());
  const engines = {
    databaseUrl: await testPostgres().freshDatabase(),
    redisUrl: (await testRedis()).url,
  };
  one = await startNotifications(engines, { serviceUrls: known.serviceUrls });
  whenDone(() => one.close());
  other = await startNotifications(engines, { serviceUrls: known.serviceUrls });
  whenDone(() => other.close());
});

/** By campaign: what it is now, and its audience as it was frozen. */
async function audienceOf(batchId: string) {
  const chunks = await one.tools.db
    .selectFrom('audience_chunks')
    .select(['chunk', 'recipients'])
    .where('batch_id', '=', batchId)
    .orderBy('chunk')
    .execute();
  const hex = Buffer.concat(chunks.map(({ recipients }) => recipients)).toString('hex');
  return { chunks: chunks.map(({ chunk }) => chunk), ids: hex.match(/.{32}/g) ?? [] };
}
const statusOf = async (batchId: string) =>
  (await one.get(`/notifications/bulk/${batchId}`).expect(200)).body.status as string;
const begun = (batchIds: readonly string[]) =>
  until(
    async () => (await Promise.all(batchIds.map(statusOf))).every((is) => is === 'processing'),
    { what: 'every campaign to begin', timeoutMs: 30_000, everyMs: 50 },
  );
const told = async (type: string, batchId: string) =>
  (await one.published()).filter((event) => event.type === type && event.data.batchId === batchId)
    .length;
const ask = async (service: TestNotifications): Promise<string> => {
  const { body } = await service
    .post('/notifications/bulk', {
      audience: { segment: { roles: ['customer'] } },
      templateCode: 'user.registered',
    })
    .expect(202);
  return body.batchId;
};

it('two instances freeze each audience once, whole', async () => {
  // Whoever is asked looks at once, for all there is to prepare.
  const batchIds = await Promise.all([one, other, one, other, one, other].map(ask));
  await begun(batchIds);
  for (const batchId of batchIds) {
    const { chunks, ids } = await audienceOf(batchId);
    expect(chunks).toEqual(Array.from({ length: PEOPLE / 100 }, (_, chunk) => chunk));
    expect(ids).toEqual(people.map(({ id }) => id.replaceAll('-', '')).sort());
    expect(await told('campaign.started', batchId)).toBe(1);
  }
}, 60_000);

it('two instances begin each occurrence of a schedule once', async () => {
  const [person] = people;
  const schedules = await Promise.all(
    Array.from({ length: 6 }, async (_, index) => {
      const { body } = await one
        .post('/notifications/schedules', {
          ...{ name: `Weekly ${index}`, cron: '0 9 * * 1', timeZone: 'Europe/Berlin' },
          campaign: { userIds: [person?.id], templateCode: 'user.registered' },
        })
        .expect(201);
      return body as { id: string; nextRuns: { batchId: string }[] };
    }),
  );
  const ids = schedules.map(({ id }) => id);
  const due = schedules.map(({ nextRuns }) => nextRuns[0]?.batchId ?? '');
  const now = new Date();
  await one.tools.postgres.db.transaction().execute(async (tx) => {
    await tx
      .updateTable('campaigns')
      .set({ starts_at: now })
      .where('batch_id', 'in', due)
      .execute();
    await tx.updateTable('schedules').set({ next_at: now }).where('id', 'in', ids).execute();
  });
  await Promise.all([one, other, one, other].map(ask));
  await begun(due);
  for (const [index, batchId] of due.entries()) {
    expect(await told('campaign.started', batchId)).toBe(1);
    expect((await audienceOf(batchId)).chunks).toEqual([0]);
    const occurrences = await one.tools.db
      .selectFrom('campaigns')
      .select('batch_id')
      .where('schedule_id', '=', ids[index] ?? '')
      .execute();
    expect(occurrences).toEqual([{ batch_id: batchId }]);
    expect(await told('campaign.scheduled', batchId)).toBe(1);
  }
}, 60_000);
