import { notificationCalls } from '@cloudphone/contracts';
import { defineProxyRoute } from '@cloudphone/http';
import { having } from '../having.ts';

/** What is said to everybody, and what became of messages. */
export const announcementProxies = [
  defineProxyRoute({
    method: 'POST',
    path: '/admin/announcements',
    to: notificationCalls.createAnnouncement,
    access: having('announcements:write'),
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/admin/maintenance',
    to: notificationCalls.announceMaintenance,
    access: having('announcements:write'),
  }),
  // Demo mode only: the service has no such page otherwise.
  defineProxyRoute({
    method: 'GET',
    path: '/admin/captured-messages',
    to: notificationCalls.listCapturedMessages,
    access: having('campaigns:read'),
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/notifications/suppressions',
    to: notificationCalls.listSuppressions,
    access: having('campaigns:read'),
  }),
  defineProxyRoute({
    method: 'DELETE',
    path: '/notifications/suppressions/:suppressionId',
    to: notificationCalls.removeSuppression,
    access: having('campaigns:write'),
  }),
];
