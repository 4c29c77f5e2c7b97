import { unchanged } from '@cloudphone/event-log';
import { countsOfLedger } from '../campaigns/campaign-counts.ts';
import { presentCampaign } from '../campaigns/present-campaign.ts';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import { asJson } from '../json-column.ts';
import { closeLeftovers } from './close-chunks.ts';
import type { Sending } from './sending.ts';

/** A finished ledger stays that long for whoever reads it a moment late. */
const LEDGER_TTL_MS = 3_600_000;

/**
 * Ends a campaign, or a round of it, whose recipients are all finished and mirrored: its final
 * counters become part of its row, with `campaign.completed` unless it was cancelled. Does nothing
 * before, or again.
 */
export async function finishCampaign(sending: Sending, batchId: string): Promise<void> {
  const { ledger, writer } = sending;
  const progress = await ledger.readProgress(batchId);
  const { finishedAtMs } = progress ?? {};
  if (progress === undefined || finishedAtMs === undefined) return;
  if (progress.doneChunks < progress.chunks) return;
  await writer.write(async (tx) => {
    const row = await tx
      .selectFrom('campaigns')
      .selectAll()
      .where('batch_id', '=', batchId)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined || row.result !== null) return unchanged(undefined);
    // A ledger of the last round, read before this one began.
    if (row.round !== progress.round) return unchanged(undefined);
    const finishedAt = new Date(finishedAtMs);
    const isCancelled = row.status === 'cancelled';
    const result = asJson(countsOfLedger(progress, row.channels));
    const after = await tx
      .updateTable('campaigns')
      .set({
        status: isCancelled ? 'cancelled' : 'completed',
        completed_at: finishedAt,
        pause_reason: null,
        result,
      })
      .where('batch_id', '=', batchId)
      .returningAll()
      .executeTakeFirstOrThrow();
    await tx
      .updateTable('campaign_rounds')
      .set({ result, finished_at: finishedAt })
      .where('batch_id', '=', batchId)
      .where('round', '=', row.round)
      .execute();
    // Its cancelling was told when it was cancelled; counters are never told by events.
    if (isCancelled) return unchanged(undefined);
    return {
      result: undefined,
      events: [{ type: 'campaign.completed', data: presentCampaign(after, finishedAt) }],
    };
  });
  await ledger.expire(batchId, progress.round, LEDGER_TTL_MS);
}

/** Closes what a crash or a cancellation left open of a finished campaign, then ends it. */
export async function finishLeftovers(sending: Sending, row: CampaignRow): Promise<void> {
  const progress = await sending.ledger.readProgress(row.batch_id);
  if (progress?.finishedAtMs === undefined || progress.round !== row.round) return;
  const unclosed = await sending.ledger.listUnclosedChunks(row.batch_id, progress.chunks);
  await closeLeftovers(sending, row, unclosed);
  await finishCampaign(sending, row.batch_id);
}
