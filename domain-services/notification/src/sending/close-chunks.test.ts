import { RECIPIENT_STATES, type RecipientState } from '@cloudphone/redis';
import { createMetrics } from '@cloudphone/runtime';
import { until } from '@cloudphone/test-kit';
import { expect, it } from 'vitest';
import type { Channel } from '../channels/channel.ts';
import { closeChunks, closeLeftovers } from './close-chunks.ts';
import { finishLeftovers } from './finish-campaign.ts';
import { openLabSending, writableDb } from './fixtures/lab-sending.ts';
import { startSendingWorld } from './fixtures/sending-world.ts';
import { followCampaign } from './follow-campaign.ts';
import { createNullChannel } from './null-channel.ts';
import { createChunkSender } from './send-chunk.ts';
import type { Sending } from './sending.ts';
import { createSendingMetrics } from './sending-metrics.ts';

const PEOPLE = 100;

/** A worker that is killed as it begins to list problems. */
function killedBeforeListing(sending: Sending): Sending {
  type Plugin = Parameters<Sending['db']['withPlugin']>[0];
  const dying: Plugin = {
    transformQuery: ({ node }) => {
      if (JSON.stringify(node).includes('delivery_problems')) throw new Error('killed');
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return { ...sending, db: sending.db.withPlugin(dying) };
}

it('whoever is unknown is listed, though the worker that closes their chunk is killed and redis forgets', async () => {
  const { world, batchId, db, sending, findRow, listed } = await openOne();
  const { redis } = world;
  const processed = async () => (await sending.ledger.readProgress(batchId))?.processed;
  const forget = async () => {
    await redis.restart();
    const follow = async () => {
      await followCampaign(sending, await findRow());
      return (await processed()) === PEOPLE;
    };
    await until(() => follow().catch(() => false));
  };
  // Sending had begun, and nothing is known of how it went.
  await db
    .insertInto('deliveries')
    .values({
      ...{ batch_id: batchId, chunk: 0, channel: 'email', intended_run: 'a life before' },
      ...{ intended_round: 1, states: null },
    })
    .execute();
  await forget();
  const killed = closeLeftovers(killedBeforeListing(sending), await findRow(), [0]);
  await expect(killed).rejects.toThrow('killed');
  await forget();

  await finishLeftovers(sending, await findRow());
  expect((await findRow()).result?.people.unknown).toBe(PEOPLE);
  expect(await listed()).toEqual(Array(PEOPLE).fill('unknown'));
}, 60_000);

it('a worker that slept through a round changes nothing of what the later one told', async () => {
  const { batchId, db, sending, findRow, listed } = await openOne();
  const row = await findRow();
  const statesOf = (state: RecipientState) => Buffer.alloc(PEOPLE, RECIPIENT_STATES.indexOf(state));
  const close = (round: number, state: RecipientState) => {
    const chunk = { row: { ...row, round }, chunk: 0, from: 0, count: PEOPLE };
    return closeChunks(sending, chunk.row, [{ ...chunk, states: statesOf(state) }]);
  };
  await close(1, 'unknown');
  expect(await listed()).toEqual(Array(PEOPLE).fill('unknown'));
  await close(2, 'sent');
  expect(await listed()).toEqual([]);
  await close(1, 'unknown');
  expect(await listed()).toEqual([]);
  const { states } = await db
    .selectFrom('deliveries')
    .select('states')
    .where('batch_id', '=', batchId)
    .executeTakeFirstOrThrow();
  expect(states).toEqual(statesOf('sent'));
}, 60_000);

it('a worker that stood still through its claim’s end, a pause and a resume lists nobody whom another has sent to', async () => {
  const { world, batchId, sending, findRow, listed } = await openOne();
  const metrics = createSendingMetrics(createMetrics());
  const sender = (channel: Partial<Channel>, leaseMs: number) => {
    const channels = { email: { ...createNullChannel('email'), ...channel } };
    const send = createChunkSender({ ...sending, channels, leaseMs }, { metrics, isUrgent: true });
    const tools = {
      attempt: 1,
      signal: new AbortController().signal,
      continueIn: (): Promise<never> => Promise.reject(new Error('put back')),
    };
    return async () => send({ batchId, chunk: 0, epoch: (await findRow()).epoch }, tools);
  };
  let hasBegun = false;
  let goOn = (): void => {};
  const still = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const slow = sender(
    {
      send: async (messages) => {
        hasBegun = true;
        await still;
        return messages.map(() => ({ kind: 'rejected', code: 'no', detail: 'no' }) as const);
      },
    },
    50,
  );
  const asleep = slow();
  await until(() => hasBegun);
  for (const change of ['pause', 'resume']) {
    await world.service.post(`/notifications/bulk/${batchId}/${change}`).expect(200);
  }
  const quick = sender({}, 10_000);
  await until(() => quick().then(async () => (await findRow()).result !== null));
  expect((await findRow()).result?.people.sent).toBe(PEOPLE);
  goOn();
  await asleep;
  expect(await listed()).toEqual([]);
}, 60_000);

/** A campaign of one chunk, through a channel that cannot tell a repeat, that no worker sends. */
async function openOne() {
  const world = await startSendingWorld(PEOPLE);
  const batchId = await world.create(PEOPLE);
  const db = writableDb(world.service.tools);
  const channel = { ...createNullChannel('email'), isRepeatable: false };
  const sending = await openLabSending(world.service, { email: channel });
  const findRow = () =>
    db
      .selectFrom('campaigns')
      .selectAll()
      .where('batch_id', '=', batchId)
      .executeTakeFirstOrThrow();
  const listed = async () => {
    const problems = db.selectFrom('delivery_problems').select('state');
    return (await problems.where('batch_id', '=', batchId).execute()).map(({ state }) => state);
  };
  return { world, batchId, db, sending, findRow, listed };
}
