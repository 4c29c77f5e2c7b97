import { RECIPIENT_STATES, type RecipientState } from '@cloudphone/redis';
import { until } from '@cloudphone/test-kit';
import { expect, it } from 'vitest';
import { closeChunks, closeLeftovers } from './close-chunks.ts';
import { finishLeftovers } from './finish-campaign.ts';
import { openLabSending, writableDb } from './fixtures/lab-sending.ts';
import { startSendingWorld } from './fixtures/sending-world.ts';
import { followCampaign } from './follow-campaign.ts';
import { createNullChannel } from './null-channel.ts';
import type { Sending } from './sending.ts';

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
    await until(() => follow().catch(() => false), { timeoutMs: 30_000 });
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
