import { demoPerson } from '@cloudphone/domain-service';
import { takeFromBuckets } from '@cloudphone/redis';
import { until } from '@cloudphone/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { UNSTATED_LIMIT } from '../channels/channel.ts';
import { openLabSending } from './fixtures/lab-sending.ts';
import { type SendingWorld, startSendingWorld } from './fixtures/sending-world.ts';
import { createTestProvider } from './fixtures/test-channel.ts';
import { createProviderProbe } from './probe-providers.ts';
import { listRounds } from './rounds/list-rounds.ts';
import { openRound } from './rounds/open-round.ts';
import { resolveUnknown } from './rounds/resolve-unknown.ts';

const PEOPLE = 300;
let world: SendingWorld;

beforeAll(async () => {
  world = await startSendingWorld(PEOPLE);
});

const personOf = (number: number) => demoPerson(number).id;
const readCampaign = (batchId: string) =>
  world.service.tools.db
    .selectFrom('campaigns')
    .selectAll()
    .where('batch_id', '=', batchId)
    .executeTakeFirstOrThrow();
const problemsOf = (batchId: string) =>
  world.service.tools.db
    .selectFrom('delivery_problems')
    .select(['user_id', 'state', 'code', 'attempts'])
    .where('batch_id', '=', batchId)
    .orderBy('ordinal')
    .execute();

describe('providers that refuse', () => {
  it('a recipient is tried three times, then is a dead letter; a replay is a round of its own', async () => {
    const provider = createTestProvider();
    const [busy, bad] = [personOf(3), personOf(7)];
    provider.answer = ({ contact: { userId } }) => {
      if (userId === bad) return { kind: 'rejected', code: 'no_such', detail: 'no such address' };
      if (userId !== busy) return undefined;
      return { kind: 'retry', code: 'busy', detail: 'later', retryInMs: 10 };
    };
    await world.startWorker(provider);
    const batchId = await world.create(PEOPLE);
    const first = await world.settled(batchId);
    expect(first.result?.people).toMatchObject({ sent: PEOPLE - 2, failed: 2 });
    expect(await problemsOf(batchId)).toEqual([
      { user_id: busy, state: 'failed', code: 'busy', attempts: 3 },
      { user_id: bad, state: 'failed', code: 'no_such', attempts: 1 },
    ]);

    provider.answer = () => undefined;
    const sending = await openLabSending(world.service);
    const none = await openRound(sending, { batchId, filter: { code: 'other' } });
    expect(none).toMatchObject({ reopened: 0, eventIds: [] });
    const opened = await openRound(sending, { batchId, filter: { code: 'busy' } });
    expect(opened).toMatchObject({ reopened: 1, row: { round: 2, status: 'processing' } });
    const second = await world.settled(batchId);
    expect(second.result?.people).toMatchObject({ sent: PEOPLE - 1, failed: 1 });
    expect(await problemsOf(batchId)).toMatchObject([{ user_id: bad }]);
    expect(provider.accepted.filter((userId) => userId === busy)).toHaveLength(1);
    expect(provider.accepted).toHaveLength(PEOPLE - 1);
    const [round] = await listRounds(world.service.tools.db, batchId);
    expect(round?.changed?.people).toMatchObject({ sent: 1, failed: -1 });
    const types = await world.eventsOf(batchId);
    expect(types).toEqual([
      ...['campaign.started', 'campaign.completed'],
      ...['campaign.resumed', 'campaign.completed'],
    ]);
  }, 60_000);

  it('a round that redis forgets sends to nobody else, and to its own once', async () => {
    const provider = createTestProvider();
    const failing = new Set([personOf(1), personOf(250)]);
    provider.answer = ({ contact }) =>
      failing.has(contact.userId) ? { kind: 'rejected', code: 'no', detail: 'no' } : undefined;
    await world.startWorker(provider);
    const batchId = await world.create(PEOPLE);
    await world.settled(batchId);
    failing.clear();
    provider.holdAfter(0);
    const sending = await openLabSending(world.service);
    await openRound(sending, { batchId, filter: {} });
    await world.redis.kill();
    // The mirror of the round before knows how those two ended then.
    expect(await world.progressOf(batchId)).toMatchObject({
      ...{ status: 'processing', processedUsers: PEOPLE - 2, failureCount: 0 },
    });
    await world.redis.restart();
    provider.release();
    expect((await world.settled(batchId)).result?.people).toMatchObject({ sent: PEOPLE });
    expect(provider.accepted).toHaveLength(PEOPLE);
    expect(new Set(provider.accepted).size).toBe(PEOPLE);
  }, 60_000);

  it('what nobody knows is sent again after a lease only, or counted as sent', async () => {
    const provider = createTestProvider({ isRepeatable: false });
    provider.answer = ({ contact }) =>
      contact.userId === personOf(5)
        ? { kind: 'unknown', code: 'no_answer', detail: 'no answer' }
        : undefined;
    await world.startWorker(provider);
    const batchId = await world.create(PEOPLE);
    expect((await world.settled(batchId)).result?.people).toMatchObject({ unknown: 1 });
    const sending = await openLabSending(world.service);
    const early = await resolveUnknown(sending, { batchId, how: 'resend', filter: {} });
    expect(early.reopened).toBe(0);
    const accepted = await resolveUnknown(sending, { batchId, how: 'accept', filter: {} });
    expect(accepted).toMatchObject({ reopened: 1 });
    expect(accepted.row.result?.people).toMatchObject({ unknown: 0, sent: PEOPLE });
    expect(await world.progressOf(batchId)).toMatchObject({ successCount: PEOPLE });
    expect(await problemsOf(batchId)).toEqual([]);
  }, 60_000);

  it('a campaign whose provider is away pauses itself, and goes on by itself, at no cost', async () => {
    const provider = createTestProvider();
    provider.isBack = false;
    provider.answer = () => ({
      ...({ kind: 'unavailable', code: 'gone', detail: 'gone', retryInMs: 10 } as const),
      because: 'provider-away',
    });
    await world.startWorker(provider);
    const batchId = await world.create(PEOPLE);
    await until(async () => (await world.progressOf(batchId)).status === 'paused');
    const { pause_reason } = await world.service.tools.db
      .selectFrom('campaigns')
      .select('pause_reason')
      .where('batch_id', '=', batchId)
      .executeTakeFirstOrThrow();
    expect(pause_reason).toBe('email provider away: gone');
    provider.answer = () => undefined;
    provider.isBack = true;
    expect(await world.ended(batchId)).toMatchObject({ successCount: PEOPLE, failureCount: 0 });
    expect(provider.accepted).toHaveLength(PEOPLE);
  }, 60_000);

  it('a limit of the provider is kept, and told to whoever watches', async () => {
    const provider = createTestProvider({ limit: { perSecond: 150 } });
    await world.startWorker(provider);
    const startedMs = performance.now();
    const batchId = await world.create(PEOPLE);
    const ledger = (await openLabSending(world.service)).ledger;
    await until(async () => (await ledger.readProgress(batchId))?.limit);
    expect((await ledger.readProgress(batchId))?.limit?.name).toBe('email provider test');
    await world.ended(batchId);
    // 300 at 150 a second, the first of them at once.
    expect(performance.now() - startedMs).toBeGreaterThan(1_800);
  }, 60_000);

  it('who asks for less is heard by all, though no limit of theirs is known', async () => {
    const provider = createTestProvider({ limit: { perSecond: UNSTATED_LIMIT } });
    let refusals = 0;
    let isHeard = false;
    provider.answer = () => {
      if (isHeard) return undefined;
      refusals += 1;
      const retryInMs = 3_000;
      return {
        kind: 'unavailable',
        code: '429',
        detail: 'slow down',
        because: 'too-many',
        retryInMs,
      };
    };
    await world.startWorker(provider);
    const batchId = await world.create(PEOPLE);
    const sending = await openLabSending(world.service);
    const bucket = { name: 'email provider test', limit: UNSTATED_LIMIT, perMs: 1_000 };
    const ask = () =>
      takeFromBuckets(sending.redis, { wanted: 1, isUrgent: true, buckets: [bucket] });
    await until(
      async () => {
        const { granted, waitMs } = await ask();
        return refusals > 0 && granted === 0 && waitMs > 500;
      },
      { what: 'everybody to be held back', everyMs: 20 },
    );
    isHeard = true;
    expect(await world.ended(batchId)).toMatchObject({ successCount: PEOPLE, failureCount: 0 });
  }, 60_000);

  it('a pause by a person outlasts one of its own', async () => {
    const provider = createTestProvider();
    provider.isBack = false;
    provider.answer = () => ({
      ...({ kind: 'unavailable', code: 'gone', detail: 'gone', retryInMs: 10 } as const),
      because: 'provider-away',
    });
    await world.startWorker(provider);
    const batchId = await world.create(PEOPLE);
    const ownReason = async () => {
      const row = await readCampaign(batchId);
      return row.status === 'paused' ? row.pause_reason : undefined;
    };
    await until(async () => (await ownReason()) !== undefined);
    await world.service.post(`/notifications/bulk/${batchId}/pause`).expect(200);
    expect(await ownReason()).toBeNull();
    provider.answer = () => undefined;
    provider.isBack = true;
    const sending = await openLabSending(world.service);
    await createProviderProbe(sending)(await readCampaign(batchId));
    expect(await readCampaign(batchId)).toMatchObject({ status: 'paused', pause_reason: null });
    await world.service.post(`/notifications/bulk/${batchId}/resume`).expect(200);
    expect(await world.ended(batchId)).toMatchObject({ successCount: PEOPLE });
  }, 60_000);
});
