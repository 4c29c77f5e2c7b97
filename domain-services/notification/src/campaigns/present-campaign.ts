import type { EventBody } from '@cloudphone/contracts';
import type { CampaignRow } from './present-progress.ts';

/** What a campaign's events tell. */
export function presentCampaign(row: CampaignRow, at: Date): EventBody<'campaign.started'> {
  return {
    batchId: row.batch_id,
    name: row.name,
    templateCode: row.template_code,
    status: row.status,
    totalUsers: row.frozen_at === null ? null : row.total_users,
    at: at.toISOString(),
  };
}
