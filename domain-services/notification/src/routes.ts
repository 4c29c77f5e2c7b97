import type { Route } from '@cloudphone/http';
import { campaignRoutes } from './campaigns/campaign-routes.ts';
import type { CampaignTools } from './campaigns/campaign-tools.ts';
import type { NotificationConfig } from './config.ts';
import { messageRoutes } from './message-routes.ts';

/** Everything the notification service answers. */
export function notificationRoutes(
  tools: CampaignTools,
  config: NotificationConfig,
): readonly Route[] {
  return [...messageRoutes(tools, config), ...campaignRoutes(tools)];
}
