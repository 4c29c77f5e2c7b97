import type { LedgerMode } from '@cloudphone/redis';
import type { CampaignRow } from '../campaigns/present-progress.ts';

export function modeOf({ status }: Pick<CampaignRow, 'status'>): LedgerMode {
  return status === 'cancelled' || status === 'paused' ? status : 'running';
}
