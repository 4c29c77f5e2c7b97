import { viewRoute } from '@cloudphone/bff';
import { appCalls, billingCalls, notificationCalls } from '@cloudphone/contracts';
import { defineProxyRoute } from '@cloudphone/http';
import { startMyDevice, stopMyDevice } from './actions/switch-my-device/switch-my-device.action.ts';
import { home } from './views/home/home.view.ts';
import { myDevice } from './views/my-device/my-device.view.ts';
import { myDevices } from './views/my-devices/my-devices.view.ts';
import { myOrder } from './views/my-order/my-order.view.ts';
import { myOrders } from './views/my-orders/my-orders.view.ts';

const access = { kind: 'signed-in' } as const;
/** `:me` is the caller, whatever was asked. */
const rewrite = { userId: ':me' };

/** Screens: composed from several services, cached for each person. */
export const views = [
  viewRoute({ path: '/me/home', summary: 'The first screen.', access, view: home }),
  viewRoute({
    path: '/me/devices',
    summary: 'My devices and their apps.',
    access,
    view: myDevices,
  }),
  viewRoute({
    path: '/me/devices/:deviceId',
    summary: 'One of my devices, with apps and usage.',
    access,
    view: myDevice,
  }),
  viewRoute({ path: '/me/orders', summary: 'My orders.', access, view: myOrders }),
  viewRoute({
    path: '/me/orders/:orderId',
    summary: 'One of my orders, with its timeline.',
    access,
    view: myOrder,
  }),
];

/** What changes something. */
export const actions = [startMyDevice, stopMyDevice];

/** What needs no composition: passed on to one service. Nothing else of a service is reachable. */
export const proxies = [
  defineProxyRoute({ method: 'GET', path: '/apps', to: appCalls.listApps, access }),
  defineProxyRoute({ method: 'GET', path: '/plans', to: billingCalls.listPlans, access }),
  defineProxyRoute({
    method: 'GET',
    path: '/me/balance',
    to: billingCalls.getBalance,
    access,
    rewrite,
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/me/usage',
    to: billingCalls.getUserUsage,
    access,
    rewrite,
  }),
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
];
