import type { CampaignRow } from '../campaigns/present-progress.ts';
import type { Sending } from './sending.ts';

/** Recipients in one command: some milliseconds in which Redis does nothing else. */
const SLICE = 1_000;

/** Cancels whoever nobody has begun to send to, slice by slice. Live claims commit by themselves. */
export async function cancelRemaining(
  { ledger }: Pick<Sending, 'ledger'>,
  row: Pick<CampaignRow, 'batch_id' | 'total_users'>,
): Promise<void> {
  for (let from = 0; from < row.total_users; from += SLICE) {
    await ledger.cancelSlice(row.batch_id, { from, count: SLICE });
  }
}
