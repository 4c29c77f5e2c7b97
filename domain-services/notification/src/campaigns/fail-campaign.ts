import { unchanged } from '@cloudphone/event-log';
import { asJson } from '../json-column.ts';
import type { CampaignTools } from './campaign-tools.ts';
import { countsOfUnsent } from './no-counts.ts';
import { presentCampaign } from './present-campaign.ts';
import type { CampaignRow } from './present-progress.ts';

type Tools = Pick<CampaignTools, 'writer' | 'clock'>;

/** Ends a campaign that cannot begin; nothing was sent. One that has moved on meanwhile is left alone. */
export function failCampaign(row: CampaignRow, failure: string, tools: Tools): Promise<void> {
  return endBeforeBeginning(row, { status: 'failed', failure }, tools);
}

/** Ends an occurrence whose time has passed while nobody was there. */
export function skipCampaign(row: CampaignRow, failure: string, tools: Tools): Promise<void> {
  return endBeforeBeginning(row, { status: 'cancelled', failure }, tools);
}

async function endBeforeBeginning(
  { batch_id: batchId, channels, status }: CampaignRow,
  end: { readonly status: 'failed' | 'cancelled'; readonly failure: string },
  { writer, clock }: Tools,
): Promise<void> {
  const now = new Date(clock.now());
  await writer.write(async (tx) => {
    const failed = await tx
      .updateTable('campaigns')
      .set({
        ...end,
        completed_at: now,
        result: asJson(countsOfUnsent(channels, 0)),
      })
      .where('batch_id', '=', batchId)
      .where('status', '=', status)
      .returningAll()
      .executeTakeFirst();
    if (failed === undefined) return unchanged(undefined);
    const data = presentCampaign(failed, now);
    return { result: undefined, events: [{ type: `campaign.${end.status}` as const, data }] };
  });
}
