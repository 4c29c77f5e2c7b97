import { viewRoute } from '@cloudphone/bff';
import { deleteUser } from './actions/delete-user/delete-user.action.ts';
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
import {
  discardDeadLetters,
  getDeadLetter,
  listDeadLetters,
  replayDeadLetters,
} from './actions/operate-dead-letters/operate-dead-letters.action.ts';
import { reactivateUser, suspendUser } from './actions/suspend-user/suspend-user.action.ts';
import {
  restartDevice,
  startDevice,
  stopDevice,
} from './actions/switch-device/switch-device.action.ts';
import { transferDevice } from './actions/transfer-device/transfer-device.action.ts';
import { updateUser } from './actions/update-user/update-user.action.ts';
import { eventStats, recentEvents } from './actions/watch-events/watch-events.action.ts';
import { having } from './having.ts';
import { announcementProxies } from './proxies/announcements.proxies.ts';
import { audienceProxies, campaignProxies, scheduleProxies } from './proxies/campaigns.proxies.ts';
import { catalogueProxies } from './proxies/catalogue.proxies.ts';
import { deviceProxies } from './proxies/devices.proxies.ts';
import { orderProxies } from './proxies/orders.proxies.ts';
import { peopleProxies } from './proxies/people.proxies.ts';
import { refundProxies } from './proxies/refunds.proxies.ts';
import { settingsProxies } from './proxies/settings.proxies.ts';
import { templateProxies } from './proxies/templates.proxies.ts';
import { dashboard } from './views/dashboard/dashboard.view.ts';
import { deviceCompleteInfo } from './views/device-complete-info/device-complete-info.view.ts';
import { devices } from './views/devices/devices.view.ts';
import { revenueReport } from './views/reports/revenue-report.route.ts';
import { usageReport } from './views/reports/usage-report.route.ts';
import { userOverview } from './views/user-overview/user-overview.view.ts';
import { users } from './views/users/users.view.ts';

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
  deleteUser,
  startDevice,
  stopDevice,
  restartDevice,
  transferDevice,
  revenueReport,
  usageReport,
  cacheStats,
  cacheEntries,
  explainCacheEntry,
  invalidateCache,
  warmCache,
  rotateCacheEpoch,
  recentEvents,
  eventStats,
  listDeadLetters,
  getDeadLetter,
  replayDeadLetters,
  discardDeadLetters,
];

/** What needs no composition: passed on to one service. Nothing else of a service is reachable. */
export const proxies = [
  ...catalogueProxies,
  ...deviceProxies,
  ...orderProxies,
  ...refundProxies,
  ...peopleProxies,
  ...templateProxies,
  ...settingsProxies,
  ...announcementProxies,
  ...campaignProxies,
  ...audienceProxies,
  ...scheduleProxies,
];
