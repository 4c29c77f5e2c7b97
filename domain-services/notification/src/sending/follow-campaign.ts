import type { CampaignRow } from '../campaigns/present-progress.ts';
import { cancelRemaining } from './cancel-remaining.ts';
import { fillWindow } from './fill-window.ts';
import { modeOf } from './ledger-mode.ts';
import { prepareLedger } from './prepare-ledger.ts';
import type { Sending } from './sending.ts';

/**
 * Makes ledger and queue follow what PostgreSQL says of a campaign, whatever state they are in: the
 * one step that begins, resumes, pauses, cancels and repairs. Safe to repeat, by anybody, any time.
 */
export async function followCampaign(sending: Sending, row: CampaignRow): Promise<void> {
  if (row.result !== null) return;
  await prepareLedger(sending, row);
  await sending.ledger.setMode(row.batch_id, row.epoch, modeOf(row));
  if (row.status === 'cancelled') await cancelRemaining(sending, row);
  if (row.status === 'processing') await fillWindow(sending, row, { isRepair: true });
}
