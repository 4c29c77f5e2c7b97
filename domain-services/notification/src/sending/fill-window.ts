import type { CampaignRow } from '../campaigns/present-progress.ts';
import { laneOf } from './chunk-job.ts';
import type { Sending } from './sending.ts';

/** Chunks of one campaign in the queue at once: memory and cancelling cost this much, not more. */
const WINDOW = 50;

/**
 * Adds jobs for chunks until the window is full. A repair adds those that are open already, too: the
 * queue ignores what it has.
 */
export async function fillWindow(
  sending: Sending,
  row: Pick<CampaignRow, 'batch_id' | 'epoch' | 'priority'>,
  options: { readonly isRepair: boolean },
): Promise<void> {
  const { batch_id: batchId, epoch } = row;
  const fence = { batchId, epoch, run: await sending.currentRun() };
  const chunks = await sending.ledger.openChunks(fence, { window: WINDOW, ...options });
  if (chunks.length === 0) return;
  const { lane, priority } = laneOf(row.priority);
  await sending.lanes[lane].addMany(
    chunks.map((chunk) => ({
      data: { batchId, chunk, epoch },
      options: { id: `${batchId}.${epoch}.${chunk}`, priority },
    })),
  );
}
