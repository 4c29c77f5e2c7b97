import { viewRoute } from '@cloudphone/bff';
import { appCalls, billingCalls, notificationCalls, type Permission } from '@cloudphone/contracts';
import { defineProxyRoute } from '@cloudphone/http';
import {
  invalidateCache,
  rotateCacheEpoch,
  warmCache,
} from './actions/operate-cache/change-cache.action.ts';
import {
  cacheEntries,
  cacheStats,
  explainCacheEntry,
} from './actions/operate-cache/inspect-cache.action.ts';
import { reactivateUser, suspendUser } from './actions/suspend-user/suspend-user.action.ts';
import { startDevice, stopDevice } from './actions/switch-device/switch-device.action.ts';
import { updateUser } from './actions/update-user/update-user.action.ts';
import { dashboard } from './views/dashboard/dashboard.view.ts';
import { deviceCompleteInfo } from './views/device-complete-info/device-complete-info.view.ts';
import { devices } from './views/devices/devices.view.ts';
import { userOverview } from './views/user-overview/user-overview.view.ts';
import { users } from './views/users/users.view.ts';

const having = (permission: Permission) => ({ kind: 'permission' as const, permission });

/** A hundred thousand ids and the text around them. */
const BULK_BODY_BYTES = 8_000_000;

/** Screens: composed from several services, cached. */
export const views = [
  viewRoute({
    path: '/admin/dashboard',
    summary: 'Counts of people, devices, orders, revenue, campaigns.',
    access: having('dashboard:read'),
    view: dashboard,
  }),
  viewRoute({
    path: '/admin/devices',
    summary: 'Devices, each with its owner.',
    access: having('devices:read'),
    view: devices,
  }),
  viewRoute({
    path: '/admin/devices/:deviceId/complete-info',
    summary: 'A device with its owner, usage and applications.',
    access: having('devices:read'),
    view: deviceCompleteInfo,
  }),
  viewRoute({
    path: '/admin/users',
    summary: 'People.',
    access: having('users:read'),
    view: users,
  }),
  viewRoute({
    path: '/admin/users/:userId/overview',
    summary: 'A person with quota, devices, orders, balance and notifications.',
    access: having('users:read'),
    view: userOverview,
  }),
];

/** What changes something, and what operators see of the cache. */
export const actions = [
  updateUser,
  suspendUser,
  reactivateUser,
  startDevice,
  stopDevice,
  cacheStats,
  cacheEntries,
  explainCacheEntry,
  invalidateCache,
  warmCache,
  rotateCacheEpoch,
];

/** What needs no composition: passed on to one service. Nothing else of a service is reachable. */
export const proxies = [
  defineProxyRoute({
    method: 'GET',
    path: '/admin/plans',
    to: billingCalls.listPlans,
    access: having('devices:read'),
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/admin/apps',
    to: appCalls.listApps,
    access: having('devices:read'),
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/admin/apps/:appId/approve',
    to: appCalls.approveApp,
    access: having('catalogue:write'),
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/admin/apps/:appId/reject',
    to: appCalls.rejectApp,
    access: having('catalogue:write'),
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/admin/orders',
    to: billingCalls.listOrders,
    access: having('orders:read'),
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/admin/orders/:orderId',
    to: billingCalls.getOrder,
    access: having('orders:read'),
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/notifications/templates',
    to: notificationCalls.listTemplates,
    access: having('templates:read'),
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/notifications/templates/by-code/:code',
    to: notificationCalls.getTemplateByCode,
    access: having('templates:read'),
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/templates',
    to: notificationCalls.createTemplate,
    access: having('templates:write'),
  }),
  defineProxyRoute({
    method: 'PUT',
    path: '/notifications/templates/:templateId',
    to: notificationCalls.updateTemplate,
    access: having('templates:write'),
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/bulk',
    to: notificationCalls.createCampaign,
    access: having('campaigns:write'),
    bodyLimitBytes: BULK_BODY_BYTES,
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/notifications/bulk',
    to: notificationCalls.listCampaigns,
    access: having('campaigns:read'),
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/notifications/bulk/:batchId',
    to: notificationCalls.getCampaign,
    access: having('campaigns:read'),
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/bulk/:batchId/pause',
    to: notificationCalls.pauseCampaign,
    access: having('campaigns:write'),
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/bulk/:batchId/resume',
    to: notificationCalls.resumeCampaign,
    access: having('campaigns:write'),
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/bulk/:batchId/cancel',
    to: notificationCalls.cancelCampaign,
    access: having('campaigns:write'),
  }),
];
