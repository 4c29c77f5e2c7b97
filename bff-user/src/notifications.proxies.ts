import { notificationCalls } from '@cloudphone/contracts';
import { defineProxyRoute } from '@cloudphone/http';

const access = { kind: 'signed-in' } as const;
/** `:me` is the caller, whatever was asked. */
const rewrite = { userId: ':me' };

/** What I am told, and how I want to be told. */
export const notificationProxies = [
  defineProxyRoute({
    method: 'GET',
    path: '/me/notifications',
    to: notificationCalls.listNotifications,
    access,
    rewrite,
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/me/notifications/unread-count',
    to: notificationCalls.getUnreadCount,
    access,
    rewrite,
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/me/notifications/:notificationId/read',
    to: notificationCalls.readNotification,
    access,
    rewrite,
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/me/notifications/read-all',
    to: notificationCalls.readAllNotifications,
    access,
    rewrite,
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/me/preferences',
    to: notificationCalls.getPreferences,
    access,
    rewrite,
  }),
  defineProxyRoute({
    method: 'PUT',
    path: '/me/preferences',
    to: notificationCalls.updatePreferences,
    access,
    rewrite,
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/me/push-subscriptions/key',
    to: notificationCalls.getPushKey,
    access,
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/me/push-subscriptions',
    to: notificationCalls.createPushSubscription,
    access,
    rewrite,
  }),
  defineProxyRoute({
    method: 'DELETE',
    path: '/me/push-subscriptions',
    to: notificationCalls.deletePushSubscriptions,
    access,
    rewrite,
  }),
];
