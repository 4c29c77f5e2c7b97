import type { CampaignRow } from '../campaigns/present-progress.ts';
import { laneOf } from './chunk-job.ts';
import type { Sending } from './sending.ts';

/**
 * Adds jobs for chunks until the window is full. A repair adds those that are open already, too: the
 * queue ignores what it has.
 */
export async function fillWindow(
  sending: Pick<Sending, 'ledger' | 'lanes' | 'currentRun'>,
  row: Pick<CampaignRow, 'batch_id' | 'epoch' | 'priority' | 'rate_per_second'>,
  options: { readonly isRepair: boolean },
): Promise<void> {
  const { batch_id: batchId, epoch } = row;
  const fence = { batchId, epoch, run: await sending.currentRun() };
  const { lane, window } = laneOf(row);
  const chunks = await sending.ledger.openChunks(fence, { window, ...options });
  if (chunks.length === 0) return;
  await sending.lanes[lane].addMany(
    chunks.map((chunk) => ({
      data: { batchId, chunk, epoch },
      options: { id: `${batchId}.${epoch}.${chunk}` },
    })),
  );
}
