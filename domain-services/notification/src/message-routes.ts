import type { ServiceTools } from '@cloudphone/domain-service';
import type { Route } from '@cloudphone/http';
import {
  announceMaintenanceRoute,
  createAnnouncementRoute,
} from './announcements/announcement-routes.ts';
import { listCapturedMessagesRoute } from './channels/list-captured-messages.ts';
import {
  createPushSubscriptionRoute,
  deletePushSubscriptionsRoute,
  getPushKeyRoute,
} from './channels/push-subscriptions.ts';
import type { NotificationConfig } from './config.ts';
import { getUnreadCountRoute } from './inbox/count-unread.ts';
import { listNotificationsRoute } from './inbox/list-notifications.ts';
import { markNotificationsPushedRoute } from './inbox/mark-pushed.ts';
import { readAllNotificationsRoute } from './inbox/read-all-notifications.ts';
import { readNotificationRoute } from './inbox/read-notification.ts';
import { getPreferencesRoute, updatePreferencesRoute } from './preferences/preference-routes.ts';
import { listSuppressionsRoute, removeSuppressionRoute } from './preferences/suppressions.ts';
import { getUnsubscriptionRoute, unsubscribeRoute } from './preferences/unsubscribe.ts';
import { createUnsubscribeLinks } from './preferences/unsubscribe-links.ts';
import type { NotificationTables } from './schema.ts';
import { getSettingsRoute, updateSettingsRoute } from './settings/settings-routes.ts';
import { createCompiledTemplates } from './templates/compiled-templates.ts';
import { createTemplateRoute, createTemplatesRoute } from './templates/create-template.ts';
import { deleteTemplateRoute, toggleTemplateRoute } from './templates/end-template.ts';
import { getTemplateRoute, listTemplateVersionsRoute } from './templates/get-template.ts';
import { getTemplateByCodeRoute } from './templates/get-template-by-code.ts';
import { listTemplatesRoute } from './templates/list-templates.ts';
import { renderTemplateRoute, validateTemplateRoute } from './templates/try-template.ts';
import { updateTemplateRoute } from './templates/update-template.ts';

/** Everything but campaigns: inboxes, templates, channels, preferences, settings, announcements. */
export function messageRoutes(
  tools: ServiceTools<NotificationTables>,
  config: NotificationConfig,
): readonly Route[] {
  const links = createUnsubscribeLinks(config);
  return [
    listNotificationsRoute(tools),
    getUnreadCountRoute(tools),
    readNotificationRoute(tools),
    readAllNotificationsRoute(tools),
    markNotificationsPushedRoute(tools),
    listTemplatesRoute(tools),
    getTemplateRoute(tools),
    getTemplateByCodeRoute(tools),
    listTemplateVersionsRoute(tools),
    createTemplateRoute(tools),
    createTemplatesRoute(tools),
    updateTemplateRoute(tools),
    toggleTemplateRoute(tools),
    deleteTemplateRoute(tools),
    renderTemplateRoute(tools, createCompiledTemplates()),
    validateTemplateRoute(tools),
    getPreferencesRoute(tools),
    updatePreferencesRoute(tools),
    getUnsubscriptionRoute(links),
    unsubscribeRoute(tools, links),
    getPushKeyRoute(config.pushKeys?.publicKey ?? null),
    createPushSubscriptionRoute(tools, config.pushHosts),
    deletePushSubscriptionsRoute(tools),
    listSuppressionsRoute(tools),
    removeSuppressionRoute(tools),
    listCapturedMessagesRoute(tools),
    getSettingsRoute(tools),
    updateSettingsRoute(tools),
    createAnnouncementRoute(tools),
    announceMaintenanceRoute(tools),
  ];
}
