import { unchanged } from '@cloudphone/event-log';
import { presentCampaign } from '../campaigns/present-campaign.ts';
import type { CampaignRow } from '../campaigns/present-progress.ts';
import { followCampaign } from './follow-campaign.ts';
import type { Sending } from './sending.ts';

/**
 * A campaign whose provider is away stops instead of burning its audience; nobody has lost an attempt.
 * `reason` is shown with its progress. Does nothing when it has been paused or cancelled meanwhile.
 */
export async function pauseItself(
  sending: Sending,
  row: CampaignRow,
  reason: string,
): Promise<void> {
  const changed = await changeItself(sending, row, { to: 'paused', reason });
  if (changed) sending.logger.warn({ batchId: row.batch_id, reason }, 'a campaign paused itself');
}

/** The provider is back. Does nothing to a campaign that a person paused or ended meanwhile. */
export async function resumeItself(sending: Sending, row: CampaignRow): Promise<void> {
  const changed = await changeItself(sending, row, { to: 'processing', reason: null });
  if (changed) sending.logger.info({ batchId: row.batch_id }, 'a campaign resumed itself');
}

async function changeItself(
  sending: Sending,
  row: CampaignRow,
  change: { readonly to: 'paused' | 'processing'; readonly reason: string | null },
): Promise<boolean> {
  const { writer, clock } = sending;
  const { result: after } = await writer.write(async (tx) => {
    const changed = await tx
      .updateTable('campaigns')
      .set({ status: change.to, epoch: row.epoch + 1, pause_reason: change.reason })
      .where('batch_id', '=', row.batch_id)
      // Whoever changed it since has raised the epoch.
      .where('epoch', '=', row.epoch)
      .where('status', '=', change.to === 'paused' ? 'processing' : 'paused')
      .where('result', 'is', null)
      .returningAll()
      .executeTakeFirst();
    if (changed === undefined) return unchanged<CampaignRow | undefined>(undefined);
    const type = change.to === 'paused' ? 'campaign.paused' : 'campaign.resumed';
    const event = { type, data: presentCampaign(changed, new Date(clock.now())) } as const;
    return { result: changed, events: [event] };
  });
  if (after === undefined) return false;
  await followCampaign(sending, after);
  return true;
}
