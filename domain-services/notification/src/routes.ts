import type { Route } from '@cloudphone/http';
import type { CampaignTools } from './campaigns/campaign-tools.ts';
import {
  cancelCampaignRoute,
  pauseCampaignRoute,
  resumeCampaignRoute,
} from './campaigns/change-status.ts';
import { getRunningCampaignCountRoute } from './campaigns/count-running.ts';
import { createCampaignRoute } from './campaigns/create-campaign.ts';
import { getCampaignRoute } from './campaigns/get-campaign.ts';
import { listCampaignsRoute } from './campaigns/list-campaigns.ts';
import { listCapturedMessagesRoute } from './channels/list-captured-messages.ts';
import { getUnreadCountRoute } from './inbox/count-unread.ts';
import { listNotificationsRoute } from './inbox/list-notifications.ts';
import { readNotificationRoute } from './inbox/read-notification.ts';
import { createTemplateRoute } from './templates/create-template.ts';
import { getTemplateByCodeRoute } from './templates/get-template-by-code.ts';
import { listTemplatesRoute } from './templates/list-templates.ts';
import { updateTemplateRoute } from './templates/update-template.ts';

/** Everything the notification service answers. */
export function notificationRoutes(tools: CampaignTools): readonly Route[] {
  return [
    listNotificationsRoute(tools),
    getUnreadCountRoute(tools),
    readNotificationRoute(tools),
    listTemplatesRoute(tools),
    getTemplateByCodeRoute(tools),
    createTemplateRoute(tools),
    updateTemplateRoute(tools),
    createCampaignRoute(tools),
    listCampaignsRoute(tools),
    getCampaignRoute(tools),
    pauseCampaignRoute(tools),
    resumeCampaignRoute(tools),
    cancelCampaignRoute(tools),
    getRunningCampaignCountRoute(tools),
    listCapturedMessagesRoute(tools),
  ];
}
