import { type CampaignProgress, HEADERS, type SegmentDefinition } from '@cloudphone/contracts';
import { demoPerson } from '@cloudphone/domain-service';
import { randomId } from '@cloudphone/runtime';
import { testPostgres, testRedis, until, whenDone } from '@cloudphone/test-kit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { startPeopleServices, type TestPeople } from '../fixtures/people-services.ts';
import { startNotifications, type TestNotifications } from '../fixtures/start-notifications.ts';
import { type IdPages, intersect, openIds } from './ids-in-order.ts';

const PEOPLE = 6_000;
/** Every third is short of money, every second has a running device, every fifth is suspended. */
const people = Array.from({ length: PEOPLE }, (_, index) => ({
  ...demoPerson(index + 1),
  status: index % 5 === 0 ? ('suspended' as const) : ('active' as const),
  ...(index % 3 === 0 ? { balance: 50 } : {}),
  hasRunningDevice: index % 2 === 0,
}));
const idsOf = (fits: (person: (typeof people)[number]) => boolean) =>
  people
    .filter(fits)
    .map(({ id }) => id)
    .sort();
let service: TestNotifications;
let known: TestPeople;

beforeAll(async () => {
  known = await startPeopleServices(people);
  whenDone(() => known.close());
  service = await startNotifications(
    { databaseUrl: await testPostgres().freshDatabase(), redisUrl: (await testRedis()).url },
    { seedPeople: 10, serviceUrls: known.serviceUrls },
  );
  whenDone(() => service.close());
});

/** Asked again where a service that owns what is asked did not answer in time. */
const preview = async (definition: SegmentDefinition) => {
  const { status, body } = await until(async () => {
    const answer = await service.post('/notifications/segments/preview', { definition });
    return answer.status < 500 && answer;
  });
  expect(status).toBe(200);
  return body;
};
const progressOf = async (batchId: string): Promise<CampaignProgress> =>
  (await service.get(`/notifications/bulk/${batchId}`).expect(200)).body;
const frozen = async (batchId: string) => {
  const rows = await service.tools.db
    .selectFrom('audience_chunks')
    .select('recipients')
    .where('batch_id', '=', batchId)
    .orderBy('chunk')
    .execute();
  const hex = Buffer.concat(rows.map(({ recipients }) => recipients)).toString('hex');
  return hex.match(/.{32}/g) ?? [];
};
const bare = (ids: readonly string[]) => ids.map((id) => id.replaceAll('-', ''));

describe('people who fit every condition', () => {
  const idArbitrary = fc.uuid();

  it('are those that all lists have and none of the excluded, in order, for any pages', async () => {
    const lists = fc.record({
      pool: fc.uniqueArray(idArbitrary, { minLength: 1, maxLength: 40 }),
      within: fc.array(fc.array(fc.nat(39), { maxLength: 40 }), { minLength: 1, maxLength: 3 }),
      without: fc.array(fc.array(fc.nat(39), { maxLength: 10 }), { maxLength: 2 }),
      pageSize: fc.integer({ min: 1, max: 7 }),
      skip: fc.nat(39),
    });
    await fc.assert(
      fc.asyncProperty(lists, async ({ pool, within, without, pageSize, skip }) => {
        const sorted = [...pool].sort();
        const pick = (indexes: readonly number[]) =>
          sorted.filter((_, index) => indexes.includes(index));
        const pages =
          (ids: readonly string[]): IdPages =>
          async (cursor) => {
            const left = ids.filter((id) => cursor === undefined || id > cursor);
            const userIds = left.slice(0, pageSize);
            return {
              userIds,
              nextCursor: left.length > pageSize ? (userIds.at(-1) ?? null) : null,
            };
          };
        const after = skip < sorted.length ? sorted[skip] : undefined;
        const open = (indexes: readonly number[]) => openIds(pages(pick(indexes)), after);
        const [first = [], ...rest] = within;
        const found: string[] = [];
        const walk = intersect([open(first), ...rest.map(open)], without.map(open), after);
        for await (const id of walk) found.push(id);
        expect(found).toEqual(
          sorted.filter(
            (id, index) =>
              within.every((one) => one.includes(index)) &&
              !without.some((one) => one.includes(index)) &&
              (after === undefined || id > after),
          ),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('are asked of the services that own what is asked, and only of those', async () => {
    known.calls.length = 0;
    const expected = idsOf(({ balance }) => balance !== undefined);
    expect(await preview({ balanceBelow: 100 })).toEqual({
      ...{ count: expected.length, isAtLeast: false, sample: expected.slice(0, 5) },
    });
    expect(known.calls.every((call) => call.startsWith('billing'))).toBe(true);
  });

  it('fit in all services at once; whoever must not have something is left out', async () => {
    const both = idsOf(
      ({ balance, hasRunningDevice, status }) =>
        balance !== undefined && hasRunningDevice && status === 'active',
    );
    const definition = { balanceBelow: 100, hasRunningDevice: true, status: 'active' } as const;
    expect((await preview(definition)).count).toBe(both.length);
    const without = idsOf(({ hasRunningDevice }) => !hasRunningDevice);
    expect((await preview({ hasRunningDevice: false })).count).toBe(without.length);
  });
});

describe('a saved segment', () => {
  it('is created, listed, changed by version and deleted, each told by an event', async () => {
    const made = await service
      .post('/notifications/segments', { name: 'Poor', definition: { balanceBelow: 100 } })
      .expect(201);
    const path = `/notifications/segments/${made.body.id}`;
    expect((await service.get('/notifications/segments').expect(200)).body.items).toEqual([
      made.body,
    ]);
    const change = { name: 'Poorer', definition: { balanceBelow: 10 } };
    const put = await service.put(path, change).set('if-match', '"1"').expect(200);
    expect(put.body).toMatchObject({ ...change, version: 2 });
    expect((await service.put(path, change).set('if-match', '"1"').expect(409)).body.code).toBe(
      'version_conflict',
    );
    const gone = await service.delete(path).expect(200);
    await service.get(path).expect(404);
    await service.delete(path).expect(404);
    const ids = [made, put, gone].map(({ headers }) => String(headers[HEADERS.eventIds]));
    const told = await service.published(ids);
    expect(told.map(({ type, tags }) => [type, tags])).toEqual(
      ['created', 'updated', 'deleted'].map((what) => [
        `segment.${what}`,
        `segment:${made.body.id},segments`,
      ]),
    );
  });

  it('needs at least one condition, and knows all of them', async () => {
    const refuse = async (definition: object) =>
      (await service.post('/notifications/segments/preview', { definition }).expect(422)).body
        .issues;
    expect(await refuse({})).toEqual([
      { path: 'body.definition', message: 'name at least one condition' },
    ]);
    expect((await refuse({ shoeSize: 43 }))[0].path).toBe('body.definition.shoeSize');
  });
});

describe('a campaign for a segment', () => {
  const campaign = (segment: SegmentDefinition) => ({
    audience: { segment },
    templateCode: 'user.registered',
  });
  const start = async (segment: SegmentDefinition): Promise<string> => {
    const { body } = await service.post('/notifications/bulk', campaign(segment)).expect(202);
    expect(body).toMatchObject({ totalUsers: null, status: 'preparing' });
    return body.batchId;
  };

  it('freezes whoever fits, and is never seen with half of them', async () => {
    const expected = idsOf(({ status }) => status === 'active');
    const batchId = await start({ status: 'active' });
    const seen = new Set<number | null>();
    await until(async () => {
      const { status, totalUsers } = await progressOf(batchId);
      seen.add(totalUsers);
      return status === 'processing';
    });
    expect([...seen].filter((total) => total !== null)).toEqual([expected.length]);
    expect(await frozen(batchId)).toEqual(bare(expected));
  });

  it('goes on where a process that died had stopped, and waits while a service is away', async () => {
    const expected = idsOf(({ status }) => status === 'active');
    known.isDown = true;
    known.calls.length = 0;
    const batchId = await start({ status: 'active' });
    await until(() => known.calls.length > 0);
    expect(await progressOf(batchId)).toMatchObject({ status: 'preparing', totalUsers: null });
    // What another process had stored before it died: two whole chunks.
    const recipients = (from: number) =>
      Buffer.from(bare(expected.slice(from, from + 100)).join(''), 'hex');
    await service.tools.postgres.db
      .insertInto('audience_chunks')
      .values(
        [0, 1].map((chunk) => ({
          batch_id: batchId,
          chunk,
          recipients: recipients(chunk * 100),
          fields: null,
        })),
      )
      .execute();
    known.calls.length = 0;
    known.isDown = false;
    await until(async () => (await progressOf(batchId)).status === 'processing');
    expect(await frozen(batchId)).toEqual(bare(expected));
    expect(known.calls.some((call) => call.includes(expected[199] ?? '?'))).toBe(true);
  });

  it('that nobody fits fails, and says so', async () => {
    const batchId = await start({ tenantId: randomId() });
    const failed = await until(async () => {
      const progress = await progressOf(batchId);
      return progress.status === 'failed' ? progress : undefined;
    });
    expect(failed).toMatchObject({ failure: 'Nobody fits its audience.', totalUsers: null });
  });

  it('that is cancelled while it is prepared stays so', async () => {
    known.isDown = true;
    const batchId = await start({ status: 'active' });
    await service.post(`/notifications/bulk/${batchId}/cancel`).expect(200);
    known.isDown = false;
    await start({ status: 'active' }).then((other) =>
      until(async () => (await progressOf(other)).status === 'processing'),
    );
    expect(await progressOf(batchId)).toMatchObject({ status: 'cancelled', processedUsers: 0 });
  });
});
