import { until } from '@cloudphone/test-kit';
import { expect, it } from 'vitest';
import { closeLeftovers } from './close-chunks.ts';
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
  const world = await startSendingWorld(PEOPLE);
  const { service, redis } = world;
  const batchId = await world.create(PEOPLE);
  const db = writableDb(service.tools);
  const channel = { ...createNullChannel('email'), isRepeatable: false };
  const sending = await openLabSending(service, { email: channel });
  const findRow = () =>
    db
      .selectFrom('campaigns')
      .selectAll()
      .where('batch_id', '=', batchId)
      .executeTakeFirstOrThrow();
  const processed = async () => (await sending.ledger.readProgress(batchId))?.processed;
  const forget = async () => {
    await redis.restart();
    const follow = async () => {
      await followCampaign(sending, await findRow());
      return (await processed()) === PEOPLE;
    };
    await until(() => follow().catch(() => false), { timeoutMs: 20_000 });
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
  const listed = await db
    .selectFrom('delivery_problems')
    .select('state')
    .where('batch_id', '=', batchId)
    .execute();
  expect(listed.filter(({ state }) => state === 'unknown')).toHaveLength(PEOPLE);
}, 60_000);
