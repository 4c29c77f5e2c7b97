import { appCalls } from './services/app.ts';
import { billingCalls } from './services/billing.ts';
import { deadLetterCalls } from './services/dead-letters.ts';
import { deviceCalls } from './services/device.ts';
import { notificationCalls } from './services/notification.ts';
import { userCalls } from './services/user.ts';

/** Every operation of every domain service, by service. */
export const SERVICE_CALLS = {
  user: { ...userCalls, ...deadLetterCalls('user') },
  device: { ...deviceCalls, ...deadLetterCalls('device') },
  app: { ...appCalls, ...deadLetterCalls('app') },
  billing: { ...billingCalls, ...deadLetterCalls('billing') },
  notification: { ...notificationCalls, ...deadLetterCalls('notification') },
} as const;
