import { notificationCalls } from '@cloudphone/contracts';
import { defineProxyRoute } from '@cloudphone/http';
import { having } from '../having.ts';

/** What operators set for the whole platform. */
export const settingsProxies = [
  defineProxyRoute({
    method: 'GET',
    path: '/admin/settings',
    to: notificationCalls.getSettings,
    access: having('settings:read'),
  }),
  defineProxyRoute({
    method: 'PUT',
    path: '/admin/settings',
    to: notificationCalls.updateSettings,
    access: having('settings:write'),
  }),
];
