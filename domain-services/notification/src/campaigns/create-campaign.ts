import {
  type BulkRequest,
  type bulkAcceptedSchema,
  notificationCalls,
} from '@cloudphone/contracts';
import { appError, upstreamUnavailable } from '@cloudphone/errors';
import { unchanged } from '@cloudphone/event-log';
import { answerCall, type Route } from '@cloudphone/http';
import type { Transaction } from '@cloudphone/postgres';
import { namedId, randomId } from '@cloudphone/runtime';
import type * as z from 'zod';
import { asJson } from '../json-column.ts';
import { openSchedule } from '../schedules/open-schedule.ts';
import type { NotificationTables } from '../schema.ts';
import { followCampaign } from '../sending/follow-campaign.ts';
import type { CampaignTools } from './campaign-tools.ts';
import { type CheckedCampaign, checkCampaign } from './check-campaign.ts';
import { openCampaign } from './open-campaign.ts';
import type { CampaignRow } from './present-progress.ts';
import { hashRequest } from './request-hash.ts';

/** 100,000 ids and the rest of the request. */
const BODY_LIMIT_BYTES = 8_000_000;
const NAMESPACE = '3a0f3f2e-4f0c-5d57-9d0b-5a2f4b7f5f11';

type Accepted = z.infer<typeof bulkAcceptedSchema>;

interface Opened {
  readonly accepted: Accepted;
  /** Undefined for a repeat. */
  readonly row: CampaignRow | undefined;
}

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
    async ({ body, identity, idempotencyKey: key }) => {
      const owner = identity.userId;
      const keyed: KeyedRequest | undefined =
        key === undefined ? undefined : { owner, key, hash: hashRequest(body) };
      const earlier = keyed && (await findEarlier(tools, keyed));
      if (earlier !== undefined) return { body: earlier };

      const { schedule, ...content } = body;
      const nowMs = tools.clock.now();
      const checked = await checkCampaign({ content, schedule }, { ...tools, nowMs });
      if (checked.beginning.kind === 'now' && !tools.jobsRedis.isReady) {
        throw upstreamUnavailable('redis', 'nothing can be sent now', { retryAfterMs: 2_000 });
      }
      const id = keyed === undefined ? randomId() : namedId(NAMESPACE, `${owner}/${keyed.key}`);
      const { result, eventIds } = await tools.writer.write<Opened>(async (tx) => {
        if (keyed !== undefined && !(await takeKey(tx, keyed, id, new Date(nowMs)))) {
          return unchanged({ accepted: await getKeyed(tx, keyed), row: undefined });
        }
        const opened = await open(tx, body, checked, { id, owner, nowMs, tools });
        if (keyed !== undefined) await keepAnswer(tx, keyed, opened.accepted);
        const { accepted, row, events } = opened;
        return { result: { accepted, row }, events };
      });
      if (result.row !== undefined) await begin(tools, result.row);
      return { body: result.accepted, eventIds };
    },
    { bodyLimitBytes: BODY_LIMIT_BYTES },
  );
}

/** One campaign, or the schedule that begins them. */
async function open(
  tx: Transaction<NotificationTables>,
  { schedule: _, ...content }: BulkRequest,
  checked: CheckedCampaign,
  from: { id: string; owner: string; nowMs: number; tools: CampaignTools },
) {
  const { id, owner, nowMs, tools } = from;
  const { approvalAbove } = tools;
  const { beginning } = checked;
  if (beginning.kind === 'recurring') {
    const name = content.name ?? content.templateCode;
    const opened = await openSchedule(
      tx,
      { name, ...beginning.recurrence, missed: beginning.missed, campaign: content },
      { ...{ id, owner, nowMs }, template: checked },
    );
    const accepted = { ...presentAccepted(opened.row), ...opened.accepted };
    return { accepted, row: opened.row, events: opened.events };
  }
  const opening = { batchId: id, owner, nowMs, approvalAbove };
  const { row, event } = await openCampaign(tx, content, checked, opening);
  return { accepted: presentAccepted(row), row, events: [event] as const };
}

/** False when the key is taken; waits for a transaction that is taking it. */
async function takeKey(
  tx: Transaction<NotificationTables>,
  { owner, key, hash }: KeyedRequest,
  batchId: string,
  now: Date,
): Promise<boolean> {
  const taken = await tx
    .insertInto('campaign_keys')
    .values({ owner, key, body_hash: hash, batch_id: batchId, created_at: now, answer: null })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return taken.numInsertedOrUpdatedRows === 1n;
}

async function keepAnswer(
  tx: Transaction<NotificationTables>,
  { owner, key }: KeyedRequest,
  answer: Accepted,
): Promise<void> {
  await tx
    .updateTable('campaign_keys')
    .set({ answer: asJson(answer) })
    .where('owner', '=', owner)
    .where('key', '=', key)
    .execute();
}

/** What was answered the first time: a repeat later must read the same. */
async function findEarlier(
  { db }: Pick<CampaignTools, 'db'>,
  { owner, key, hash }: KeyedRequest,
): Promise<Accepted | undefined> {
  const row = await db
    .selectFrom('campaign_keys')
    .select(['body_hash', 'answer'])
    .where('owner', '=', owner)
    .where('key', '=', key)
    .executeTakeFirst();
  if (row !== undefined && !row.body_hash.equals(hash)) throw appError('idempotency_mismatch');
  return row?.answer ?? undefined;
}

async function getKeyed(
  tx: Transaction<NotificationTables>,
  keyed: KeyedRequest,
): Promise<Accepted> {
  const answer = await findEarlier({ db: tx }, keyed);
  if (answer === undefined) throw new Error('an idempotency key without its answer');
  return answer;
}

function presentAccepted(row: CampaignRow): Accepted {
  return {
    batchId: row.batch_id,
    totalUsers: row.frozen_at === null ? null : row.total_users,
    status: row.status,
    createdAt: row.created_at.toISOString(),
  };
}

/** The campaign is accepted: when Redis breaks off here, a worker's watchdog begins it. */
async function begin({ sending, logger, lookForWork }: CampaignTools, row: CampaignRow) {
  if (row.status === 'preparing') lookForWork();
  if (row.status !== 'processing') return;
  await followCampaign(sending, row).catch((err: unknown) =>
    logger.warn({ err, batchId: row.batch_id }, 'a campaign begins later'),
  );
}
