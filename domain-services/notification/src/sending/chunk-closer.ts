import type { CampaignRow } from '../campaigns/present-progress.ts';
import { type Batching, batchCalls } from './batch-calls.ts';
import { laneOf } from './chunk-job.ts';
import { CHUNKS_A_STATEMENT, closeChunks } from './close-chunks.ts';
import { fillWindow } from './fill-window.ts';
import { finishCampaign } from './finish-campaign.ts';
import type { ClosableChunk } from './finished-chunk.ts';
import type { Sending } from './sending.ts';

/**
 * Mirrors finished chunks to PostgreSQL, then takes them off the ledger's list, adds new ones to the
 * queue in their place, and ends a campaign with its last. Chunks of several slots are one statement.
 */
export function createChunkCloser(sending: Sending, { gatherMs }: Batching) {
  return batchCalls<ClosableChunk, undefined>({
    maxItems: CHUNKS_A_STATEMENT,
    gatherMs,
    call: async (chunks) => {
      for (const [row, own] of byCampaign(chunks)) {
        const end = await closeChunks(sending, row, own);
        if (end === undefined) continue;
        if (end.areAllClosed) await finishCampaign(sending, row.batch_id);
        // Half a window at a time: one question for many chunks.
        else if (end.stillOpen <= laneOf(row).window / 2) {
          await fillWindow(sending, row, { isRepair: false });
        }
      }
      return chunks.map(() => undefined);
    },
  });
}

function byCampaign(chunks: readonly ClosableChunk[]): Map<CampaignRow, ClosableChunk[]> {
  const groups = new Map<CampaignRow, ClosableChunk[]>();
  for (const chunk of chunks) groups.set(chunk.row, [...(groups.get(chunk.row) ?? []), chunk]);
  return groups;
}
