import { isAppError } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { sql } from '@cloudphone/postgres';
import { followCampaign } from '../sending/follow-campaign.ts';
import { type AudienceMember, audienceMembers, inOrderOfLocalTime } from './audience-source.ts';
import type { CampaignTools } from './campaign-tools.ts';
import { failCampaign } from './fail-campaign.ts';
import { CHUNK_SIZE, countChunks, unpackIds } from './freeze-audience.ts';
import { freezePeople, unfreeze } from './freeze-skips.ts';
import type { CampaignRow } from './present-progress.ts';
import { readRecipientFields } from './recipient-fields.ts';
import { settleFrozen } from './settle-frozen.ts';

/** People stored in one statement; between two of them a cancellation is noticed. */
const PEOPLE_AT_ONCE = 50 * CHUNK_SIZE;

/**
 * Freezes the audience of a campaign in `preparing` and moves it on, by one process at a time. Whole
 * chunks are stored as they come; a process that ends in between is followed by another that goes on
 * after the last of them. The last chunk, the size and the new status are one transaction, so nobody
 * ever sees half an audience. Throws when a service is away: to be tried again.
 */
export async function prepareCampaign(batchId: string, tools: CampaignTools): Promise<void> {
  await tools.postgres.withSession(async (session) => {
    const { rows } = await sql<{ isMine: boolean }>`
      select pg_try_advisory_lock(hashtextextended(${batchId}, 0)) as "isMine"`.execute(session);
    if (rows[0]?.isMine !== true) return;
    const row = await findPreparing(batchId, tools);
    if (row === undefined) return;
    try {
      await freeze(row, tools);
    } catch (err) {
      if (!isAppError(err, 'state_conflict', 'invalid_input', 'not_found')) throw err;
      await failCampaign(row, err.detail ?? 'Its audience cannot be had.', tools);
    }
  });
}

async function findPreparing(
  batchId: string,
  { db }: Pick<CampaignTools, 'db'>,
): Promise<CampaignRow | undefined> {
  return db
    .selectFrom('campaigns')
    .selectAll()
    .where('batch_id', '=', batchId)
    .where('status', '=', 'preparing')
    .executeTakeFirst();
}

async function freeze(row: CampaignRow, tools: CampaignTools): Promise<void> {
  const { batch_id: batchId } = row;
  const { postgres, writer, clock, approvalAbove } = tools;
  const { db } = postgres;
  const template = await findVariables(row, tools);
  const isByLocalTime = row.schedule !== null && 'localTime' in row.schedule;
  const stored = isByLocalTime ? await startOver(row, tools) : await findStored(row, tools);
  let { chunks } = stored;
  let waiting: AudienceMember[] = [];
  const frozen = (people: readonly AudienceMember[]) => ({
    userIds: people.map(({ userId }) => userId),
    ...(row.audience.kind === 'csv'
      ? { fields: people.map(({ fields }) => readRecipientFields(fields, template)) }
      : {}),
  });
  const found = audienceMembers(row, tools, stored.last);
  const ordered =
    isByLocalTime && row.schedule !== null && 'localTime' in row.schedule
      ? await inOrderOfLocalTime(found, row.schedule, tools)
      : found;
  for await (const member of ordered) {
    waiting.push(member);
    if (waiting.length < PEOPLE_AT_ONCE) continue;
    if ((await findPreparing(batchId, tools)) === undefined) return;
    const people = frozen(waiting);
    const from = { firstChunk: chunks, nowMs: clock.now() };
    await db.transaction().execute((tx) => freezePeople(tx, row, people, from));
    chunks += countChunks(waiting.length);
    waiting = [];
  }

  const total = chunks * CHUNK_SIZE + waiting.length;
  if (total === 0) return failCampaign(row, 'Nobody fits its audience.', tools);
  const { result } = await writer.write<CampaignRow | undefined>(async (tx) => {
    const current = await tx
      .selectFrom('campaigns')
      .selectAll()
      .where('batch_id', '=', batchId)
      .forUpdate()
      .executeTakeFirst();
    if (current?.status !== 'preparing') return unchanged(undefined);
    const nowMs = clock.now();
    await freezePeople(tx, current, frozen(waiting), { firstChunk: chunks, nowMs });
    const settled = await settleFrozen(tx, current, { total, nowMs, approvalAbove });
    return { result: settled.row, events: [settled.event] };
  });
  if (result?.status !== 'processing') return;
  await followCampaign(tools.sending, result).catch((err: unknown) =>
    tools.logger.warn({ err, batchId }, 'a campaign begins later'),
  );
}

async function findVariables(row: CampaignRow, { db }: Pick<CampaignTools, 'db'>) {
  const { variables } = await db
    .selectFrom('template_versions')
    .select('variables')
    .where('template_id', '=', row.template_id)
    .where('version', '=', row.template_version)
    .executeTakeFirstOrThrow();
  return { variables, data: row.data };
}

interface Stored {
  readonly chunks: number;
  /** The last person of the last chunk. */
  readonly last: string | undefined;
}

/** What was stored before: always whole chunks. */
async function findStored(row: CampaignRow, { db }: Pick<CampaignTools, 'db'>): Promise<Stored> {
  const last = await db
    .selectFrom('audience_chunks')
    .select(['chunk', 'recipients'])
    .where('batch_id', '=', row.batch_id)
    .orderBy('chunk', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last === undefined) return { chunks: 0, last: undefined };
  return { chunks: last.chunk + 1, last: unpackIds(last.recipients).at(-1) };
}

/** Another order than that of ids cannot be gone on with in the middle. */
async function startOver(
  row: CampaignRow,
  { postgres }: Pick<CampaignTools, 'postgres'>,
): Promise<Stored> {
  await postgres.db.transaction().execute((tx) => unfreeze(tx, row.batch_id));
  return { chunks: 0, last: undefined };
}
