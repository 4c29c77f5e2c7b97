import type { ChannelKind } from '@cloudphone/contracts';
import { type Kysely, sql } from '@cloudphone/postgres';
import { RECIPIENT_STATES } from '@cloudphone/redis';
import { findLeftOutAtFreeze } from '../preferences/left-out-at-freeze.ts';
import type { NotificationTables } from '../schema.ts';
import { CHUNK_SIZE, type FrozenPeople, freezeAudience, rangeOfChunk } from './freeze-audience.ts';
import type { CampaignRow } from './present-progress.ts';

/** People asked about at once: whole chunks. */
const PEOPLE_A_QUESTION = 100 * CHUNK_SIZE;
/** No Redis told of them. */
const RUN = 'frozen';
const SKIPPED = RECIPIENT_STATES.indexOf('skipped');

interface Skip {
  readonly channel: ChannelKind;
  readonly ordinal: number;
  readonly userId: string;
  readonly code: string;
  readonly detail: string;
}

/**
 * Freezes people of a campaign as whole chunks from `firstChunk` on, and with them who of them gets
 * nothing, and why: for the ledger that is opened later they are skipped already. To be called in a
 * transaction, or a chunk may be there without its skips.
 */
export async function freezePeople(
  tx: Kysely<NotificationTables>,
  row: CampaignRow,
  people: FrozenPeople,
  { firstChunk, nowMs }: { readonly firstChunk: number; readonly nowMs: number },
): Promise<void> {
  const { batch_id: batchId, template_code: templateCode, channels } = row;
  await freezeAudience(tx, batchId, people, firstChunk);
  const startsAtMs = Math.max(row.starts_at?.getTime() ?? 0, nowMs);
  const occasion = { batchId, templateCode, channels, startsAtMs };
  const { userIds } = people;
  for (let from = 0; from < userIds.length; from += PEOPLE_A_QUESTION) {
    const some = userIds.slice(from, from + PEOPLE_A_QUESTION);
    const leftOut = await findLeftOutAtFreeze(tx, some, occasion);
    const skips = channels.flatMap((channel) =>
      some.flatMap((userId, index): Skip[] => {
        const reason = leftOut.get(channel)?.get(userId);
        const ordinal = firstChunk * CHUNK_SIZE + from + index;
        return reason === undefined ? [] : [{ channel, ordinal, userId, ...reason }];
      }),
    );
    if (skips.length === 0) continue;
    const total = firstChunk * CHUNK_SIZE + userIds.length;
    await insertStates(tx, batchId, toStates(skips, total));
    await insertReasons(tx, { batchId, skips, nowMs });
  }
}

interface ChunkStates {
  readonly channel: ChannelKind;
  readonly chunk: number;
  readonly states: Buffer;
}

function toStates(skips: readonly Skip[], total: number): readonly ChunkStates[] {
  const chunks = new Map<string, ChunkStates>();
  for (const { channel, ordinal } of skips) {
    const chunk = Math.floor(ordinal / CHUNK_SIZE);
    const { from, count } = rangeOfChunk(chunk, total);
    const name = `${channel} ${chunk}`;
    const known = chunks.get(name) ?? { channel, chunk, states: Buffer.alloc(count) };
    known.states[ordinal - from] = SKIPPED;
    chunks.set(name, known);
  }
  return [...chunks.values()];
}

/** As what is known of a chunk that sending has begun with: so its ledger is told of it. */
async function insertStates(
  tx: Kysely<NotificationTables>,
  batchId: string,
  chunks: readonly ChunkStates[],
): Promise<void> {
  await sql`
    insert into deliveries
      (batch_id, chunk, channel, intended_run, intended_round, begun_claim, begun_states)
    select ${batchId}::uuid, chunk, channel, ${RUN}, 1, 0, states
    from unnest(
      ${chunks.map(({ chunk }) => chunk)}::integer[],
      ${chunks.map(({ channel }) => channel)}::text[],
      ${chunks.map(({ states }) => states)}::bytea[]) as begun (chunk, channel, states)`.execute(
    tx,
  );
}

async function insertReasons(
  tx: Kysely<NotificationTables>,
  { batchId, skips, nowMs }: { batchId: string; skips: readonly Skip[]; nowMs: number },
): Promise<void> {
  await sql`
    insert into delivery_problems
      (batch_id, channel, ordinal, user_id, state, code, detail, attempts, at)
    select ${batchId}::uuid, channel, ordinal, user_id, 'skipped', code, detail, 0, ${new Date(nowMs)}
    from unnest(
      ${skips.map(({ channel }) => channel)}::text[],
      ${skips.map(({ ordinal }) => ordinal)}::integer[],
      ${skips.map(({ userId }) => userId)}::uuid[],
      ${skips.map(({ code }) => code)}::text[],
      ${skips.map(({ detail }) => detail)}::text[]) as skip (channel, ordinal, user_id, code, detail)
    `.execute(tx);
}

/** Forgets what was frozen so far. */
export async function unfreeze(db: Kysely<NotificationTables>, batchId: string): Promise<void> {
  for (const table of ['audience_chunks', 'deliveries', 'delivery_problems'] as const) {
    await db.deleteFrom(table).where('batch_id', '=', batchId).execute();
  }
}
