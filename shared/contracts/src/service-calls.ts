import { appCalls } from './services/app.ts';
import { billingCalls } from './services/billing.ts';
import { deviceCalls } from './services/device.ts';
import { notificationCalls } from './services/notification.ts';
import { userCalls } from './services/user.ts';

/** Every operation of every domain service, by service. */
export const SERVICE_CALLS = {
  user: userCalls,
  device: deviceCalls,
  app: appCalls,
  billing: billingCalls,
  notification: notificationCalls,
} as const;
