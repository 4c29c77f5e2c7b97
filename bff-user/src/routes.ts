import { viewRoute } from '@cloudphone/bff';
import { billingCalls, userCalls } from '@cloudphone/contracts';
import { defineProxyRoute } from '@cloudphone/http';
import {
  installMyApp,
  uninstallMyApp,
  updateMyApp,
} from './actions/change-my-apps/change-my-apps.action.ts';
import { placeOrder } from './actions/place-order/place-order.action.ts';
import { register } from './actions/register/register.action.ts';
import { requestRefund } from './actions/request-refund/request-refund.action.ts';
import {
  requestPasswordReset,
  resetPassword,
} from './actions/reset-password/reset-password.action.ts';
import {
  restartMyDevice,
  startMyDevice,
  stopMyDevice,
} from './actions/switch-my-device/switch-my-device.action.ts';
import { showUnsubscription, unsubscribe } from './actions/unsubscribe/unsubscribe.action.ts';
import { notificationProxies } from './notifications.proxies.ts';
import { apps } from './views/catalogue/apps.view.ts';
import { plans } from './views/catalogue/plans.view.ts';
import { home } from './views/home/home.view.ts';
import { myDevice } from './views/my-device/my-device.view.ts';
import { myDevices } from './views/my-devices/my-devices.view.ts';
import { myOrder } from './views/my-order/my-order.view.ts';
import { myOrders } from './views/my-orders/my-orders.view.ts';

const access = { kind: 'signed-in' } as const;
/** `:me` is the caller, whatever was asked. */
const rewrite = { userId: ':me' };

/** Screens: composed from several services, cached for each person, or once for everyone. */
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
  viewRoute({ path: '/apps', summary: 'The apps that can be installed.', access, view: apps }),
  viewRoute({
    path: '/plans',
    summary: 'The plans; what is off sale is marked.',
    access,
    view: plans,
  }),
];

/** What changes something. */
export const actions = [
  unsubscribe,
  showUnsubscription,
  register,
  requestPasswordReset,
  resetPassword,
  startMyDevice,
  stopMyDevice,
  restartMyDevice,
  installMyApp,
  updateMyApp,
  uninstallMyApp,
  placeOrder,
  requestRefund,
];

/** What needs no composition: passed on to one service. Nothing else of a service is reachable. */
export const proxies = [
  ...notificationProxies,
  defineProxyRoute({
    method: 'GET',
    path: '/me/balance',
    to: billingCalls.getBalance,
    access,
    rewrite,
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/me/quota',
    to: userCalls.getQuota,
    access,
    rewrite,
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/me/payments',
    to: billingCalls.listPayments,
    access,
    rewrite,
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/me/payments',
    to: billingCalls.createPayment,
    access,
    rewrite,
    summary: 'Top up my balance. The provider is simulated: no money moves.',
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/me/invoices',
    to: billingCalls.listInvoices,
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
];
