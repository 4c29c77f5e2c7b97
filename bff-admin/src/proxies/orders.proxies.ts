import { billingCalls } from '@cloudphone/contracts';
import { defineProxyRoute } from '@cloudphone/http';
import { having } from '../having.ts';

/** Orders. */
export const orderProxies = [
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
    method: 'POST',
    path: '/admin/orders/:orderId/cancel',
    to: billingCalls.cancelOrder,
    access: having('refunds:write'),
    summary: 'End an order that has no devices yet; what was paid goes back.',
  }),
];
