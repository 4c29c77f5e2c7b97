import { announcementCalls } from './announcements.ts';
import { campaignCalls } from './campaigns.ts';
import { deliveryChannelCalls } from './delivery-channels.ts';
import { inboxCalls } from './inbox.ts';
import { preferenceCalls } from './preferences.ts';
import { scheduleCalls } from './schedules.ts';
import { segmentCalls } from './segments.ts';
import { settingsCalls } from './settings.ts';
import { templateCalls } from './templates.ts';
import { uploadCalls } from './uploads.ts';

/** What the notification service answers. */
export const notificationCalls = {
  ...inboxCalls,
  ...templateCalls,
  ...campaignCalls,
  ...scheduleCalls,
  ...segmentCalls,
  ...uploadCalls,
  ...deliveryChannelCalls,
  ...settingsCalls,
  ...preferenceCalls,
  ...announcementCalls,
} as const;
