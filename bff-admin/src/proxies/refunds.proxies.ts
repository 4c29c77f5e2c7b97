import { billingCalls } from '@cloudphone/contracts';
import { defineProxyRoute } from '@cloudphone/http';
import { having } from '../having.ts';

/** Refunds: one person asks, another decides. */
export const refundProxies = [
  defineProxyRoute({
    method: 'GET',
    path: '/admin/refunds',
    to: billingCalls.listRefunds,
    access: having('refunds:read'),
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/admin/refunds',
    to: billingCalls.requestRefund,
    access: having('refunds:write'),
    summary: 'Ask for the price of a fulfilled order back.',
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/admin/refunds/:refundId/approve',
    to: billingCalls.approveRefund,
    access: having('refunds:write'),
    summary: 'Give the money back; never by who asked for it.',
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/admin/refunds/:refundId/reject',
    to: billingCalls.rejectRefund,
    access: having('refunds:write'),
    summary: 'Refuse a refund; never by who asked for it.',
  }),
];
