import { type BulkRequest, notificationCalls } from '@cloudphone/contracts';
import { appError, upstreamUnavailable } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { Transaction } from '@cloudphone/postgres';
import { namedId, randomId } from '@cloudphone/runtime';
import type { NotificationTables } from '../schema.ts';
import { followCampaign } from '../sending/follow-campaign.ts';
import type { TemplateRow } from '../templates/present-template.ts';
import type { CampaignTools } from './campaign-tools.ts';
import { checkCampaign } from './check-campaign.ts';
import { countChunks, deduplicate, freezeAudience } from './freeze-audience.ts';
import { presentCampaign } from './present-campaign.ts';
import type { CampaignRow } from './present-progress.ts';
import { hashRequest } from './request-hash.ts';

/** 100,000 ids and the rest of the request. */
const BODY_LIMIT_BYTES = 8_000_000;
const NAMESPACE = '3a0f3f2e-4f0c-5d57-9d0b-5a2f4b7f5f11';

/** A request under its key: the batch's id follows from both, wherever a first attempt broke off. */
interface KeyedRequest {
  readonly owner: string;
  readonly key: string;
  readonly hash: Buffer;
}

/**
 * Accepts a campaign: key, batch, audience and event in one transaction, then sending begins. A
 * repeat under the same key gets the same answer; with another body it is idempotency_mismatch.
 */
export function createCampaignRoute(tools: CampaignTools): Route {
  return answerCall(
    notificationCalls.createCampaign,
    async ({ body, identity, idempotencyKey }) => {
      const keyed: KeyedRequest | undefined =
        idempotencyKey === undefined
          ? undefined
          : { owner: identity.userId, key: idempotencyKey, hash: hashRequest(body) };
      const earlier = keyed && (await findEarlier(tools, keyed));
      if (earlier !== undefined) return { body: presentAccepted(earlier) };

      const template = await checkCampaign(body, tools);
      if (!tools.jobsRedis.isReady) {
        throw upstreamUnavailable('redis', 'nothing can be sent now', { retryAfterMs: 2_000 });
      }
      const row = buildRow(body, template, { owner: identity.userId, keyed, tools });
      const userIds = deduplicate(body.audience?.userIds ?? body.userIds ?? []);
      const { result, eventIds } = await tools.writer.write(async (tx) => {
        if (keyed !== undefined && !(await takeKey(tx, keyed, row))) {
          return unchanged(await getKeyed(tx, keyed));
        }
        const full = {
          ...row,
          total_users: userIds.length,
          chunk_count: countChunks(userIds.length),
        };
        await tx.insertInto('campaigns').values(full).execute();
        await freezeAudience(tx, row.batch_id, userIds);
        return {
          result: full,
          events: [{ type: 'campaign.started', data: presentCampaign(full, row.created_at) }],
        };
      });
      if (eventIds.length > 0) await begin(tools, result);
      return { body: presentAccepted(result), eventIds };
    },
    { bodyLimitBytes: BODY_LIMIT_BYTES },
  );
}

function buildRow(
  body: BulkRequest,
  template: TemplateRow,
  from: { owner: string; keyed: KeyedRequest | undefined; tools: CampaignTools },
): CampaignRow {
  const now = new Date(from.tools.clock.now());
  const { keyed, owner } = from;
  return {
    batch_id: keyed === undefined ? randomId() : namedId(NAMESPACE, `${owner}/${keyed.key}`),
    name: body.name ?? null,
    template_id: template.id,
    template_version: template.version,
    template_code: template.code,
    data: body.data,
    channels: [...new Set(body.channels)],
    priority: body.priority,
    status: 'processing',
    epoch: 1,
    total_users: 0,
    chunk_count: 0,
    created_by: owner,
    created_at: now,
    started_at: now,
    completed_at: null,
    result: null,
  };
}

/** False when the key is taken; waits for a transaction that is taking it. */
async function takeKey(
  tx: Transaction<NotificationTables>,
  { owner, key, hash }: KeyedRequest,
  row: CampaignRow,
): Promise<boolean> {
  const taken = await tx
    .insertInto('campaign_keys')
    .values({ owner, key, body_hash: hash, batch_id: row.batch_id, created_at: row.created_at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return taken.numInsertedOrUpdatedRows === 1n;
}

async function findEarlier(
  { db }: Pick<CampaignTools, 'db'>,
  { owner, key, hash }: KeyedRequest,
): Promise<CampaignRow | undefined> {
  const row = await db
    .selectFrom('campaign_keys')
    .innerJoin('campaigns', 'campaigns.batch_id', 'campaign_keys.batch_id')
    .selectAll('campaigns')
    .select('body_hash')
    .where('owner', '=', owner)
    .where('key', '=', key)
    .executeTakeFirst();
  if (row !== undefined && !row.body_hash.equals(hash)) throw appError('idempotency_mismatch');
  return row;
}

async function getKeyed(
  tx: Transaction<NotificationTables>,
  keyed: KeyedRequest,
): Promise<CampaignRow> {
  const row = await findEarlier({ db: tx }, keyed);
  if (row === undefined) throw new Error('an idempotency key without its campaign');
  return row;
}

/** What was accepted, as it was then: a repeat later must read the same. */
function presentAccepted(row: CampaignRow) {
  return {
    batchId: row.batch_id,
    totalUsers: row.total_users,
    status: 'processing' as const,
    createdAt: row.created_at.toISOString(),
  };
}

/** The campaign is accepted: when Redis breaks off here, a worker's watchdog begins it. */
async function begin({ sending, logger }: CampaignTools, row: CampaignRow): Promise<void> {
  await followCampaign(sending, row).catch((err: unknown) =>
    logger.warn({ err, batchId: row.batch_id }, 'a campaign begins later'),
  );
}
