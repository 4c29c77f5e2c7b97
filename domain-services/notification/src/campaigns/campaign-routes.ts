import type { Route } from '@cloudphone/http';
import { scheduleRoutes } from '../schedules/schedule-routes.ts';
import { segmentRoutes } from '../segments/segment-routes.ts';
import { createUploadRoute, getUploadRoute } from '../uploads/upload-routes.ts';
import { approveCampaignRoute } from './approve-campaign.ts';
import { getCampaignReportRoute } from './campaign-report.ts';
import { campaignRoundRoutes } from './campaign-rounds.ts';
import type { CampaignTools } from './campaign-tools.ts';
import { cancelCampaignRoute, pauseCampaignRoute, resumeCampaignRoute } from './change-status.ts';
import { getRunningCampaignCountRoute } from './count-running.ts';
import { createCampaignRoute } from './create-campaign.ts';
import { exportRecipientsRoutes } from './export-recipients.ts';
import { getCampaignRoute } from './get-campaign.ts';
import { listCampaignsRoute } from './list-campaigns.ts';
import { listRecipientsRoute } from './list-recipients.ts';
import { updateCampaignRoute } from './update-campaign.ts';

/** Campaigns, and what they are sent to and when. */
export function campaignRoutes(tools: CampaignTools): readonly Route[] {
  return [
    createCampaignRoute(tools),
    listCampaignsRoute(tools),
    getCampaignRoute(tools),
    updateCampaignRoute(tools),
    approveCampaignRoute(tools),
    pauseCampaignRoute(tools),
    resumeCampaignRoute(tools),
    cancelCampaignRoute(tools),
    listRecipientsRoute(tools),
    ...exportRecipientsRoutes(tools),
    getCampaignReportRoute(tools),
    ...campaignRoundRoutes(tools),
    getRunningCampaignCountRoute(tools),
    createUploadRoute(tools),
    getUploadRoute(tools),
    ...segmentRoutes(tools),
    ...scheduleRoutes(tools),
  ];
}
