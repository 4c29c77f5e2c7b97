import { notFound, stateConflict } from '@cloudphone/errors';
import { unchanged, type Written } from '@cloudphone/event-log';
import { sql, type Transaction } from '@cloudphone/postgres';
import { presentCampaign } from '../../campaigns/present-campaign.ts';
import type { CampaignRow } from '../../campaigns/present-progress.ts';
import { asJson } from '../../json-column.ts';
import type { CampaignRoundTable, NotificationTables } from '../../schema.ts';
import { followCampaign } from '../follow-campaign.ts';
import type { Sending } from '../sending.ts';
import type { RoundFilter } from './round-filter.ts';

/** What was begun again. */
export interface OpenedRound {
  readonly row: CampaignRow;
  /** Deliveries: a recipient in a channel. */
  readonly reopened: number;
  readonly eventIds: readonly string[];
}

/**
 * Sends to the dead letters of a campaign that has ended once more, as new messages: a round of its
 * own, which ends by itself. `campaign.resumed` tells of it. Changes nothing when no dead letter
 * matches. Throws not_found, and state_conflict while the campaign is not completed.
 */
export function openRound(
  sending: Sending,
  wanted: { readonly batchId: string; readonly filter: RoundFilter },
): Promise<OpenedRound> {
  return reopen(sending, { ...wanted, kind: 'dead-letters', ripeAt: undefined });
}

export interface Reopening {
  readonly batchId: string;
  readonly filter: RoundFilter;
  readonly kind: CampaignRoundTable['kind'];
  /** Deliveries that ended later are left alone; undefined: none is. */
  readonly ripeAt: Date | undefined;
}

export async function reopen(sending: Sending, wanted: Reopening): Promise<OpenedRound> {
  const { writer, logger } = sending;
  const { result, eventIds } = await writer.write((tx) => reopenIn(tx, sending, wanted));
  if (result.reopened > 0) {
    // PostgreSQL has it: when Redis breaks off here, a worker's watchdog begins it.
    await followCampaign(sending, result.row).catch((err: unknown) =>
      logger.warn({ err, batchId: wanted.batchId }, 'a round begins later'),
    );
  }
  return { ...result, eventIds };
}

async function reopenIn(
  tx: Transaction<NotificationTables>,
  { clock }: Pick<Sending, 'clock'>,
  { batchId, filter, kind, ripeAt }: Reopening,
): Promise<Written<Omit<OpenedRound, 'eventIds'>>> {
  const before = await lockEnded(tx, batchId);
  const round = before.round + 1;
  const isReplay = kind === 'dead-letters';
  let update = tx
    .updateTable('delivery_problems')
    .set({ reopened_round: round, ...(isReplay ? { key_round: round } : {}) })
    .where('batch_id', '=', batchId)
    .where('state', '=', isReplay ? 'failed' : 'unknown');
  if (filter.channel !== undefined) update = update.where('channel', '=', filter.channel);
  if (filter.code !== undefined) update = update.where('code', '=', filter.code);
  if (ripeAt !== undefined) update = update.where('at', '<', ripeAt);
  const reopened = Number((await update.executeTakeFirst()).numUpdatedRows);
  if (reopened === 0) return unchanged({ row: before, reopened });

  const now = new Date(clock.now());
  await tx
    .insertInto('campaign_rounds')
    .values({
      batch_id: batchId,
      round,
      kind,
      filter: asJson(filter),
      reopened,
      opened_at: now,
      before: asJson(before.result),
      result: null,
      finished_at: null,
    })
    .execute();
  const row = await tx
    .updateTable('campaigns')
    .set({
      round,
      epoch: sql<number>`epoch + 1`,
      status: 'processing',
      completed_at: null,
      result: null,
    })
    .where('batch_id', '=', batchId)
    .returningAll()
    .executeTakeFirstOrThrow();
  const event = { type: 'campaign.resumed', data: presentCampaign(row, now) } as const;
  return { result: { row, reopened }, events: [event] };
}

/** The row of a campaign that has ended by itself, locked. A cancelled one stays so. */
export async function lockEnded(
  tx: Transaction<NotificationTables>,
  batchId: string,
): Promise<CampaignRow & { readonly result: NonNullable<CampaignRow['result']> }> {
  const row = await tx
    .selectFrom('campaigns')
    .selectAll()
    .where('batch_id', '=', batchId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw notFound('campaign', batchId);
  const { result } = row;
  if (row.status !== 'completed' || result === null) {
    throw stateConflict('campaign', batchId, `It is ${row.status}.`);
  }
  return { ...row, result };
}
