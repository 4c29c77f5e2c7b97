import { appCalls, billingCalls } from '@cloudphone/contracts';
import { defineProxyRoute } from '@cloudphone/http';
import { having } from '../having.ts';

/** Plans and apps. */
export const catalogueProxies = [
  defineProxyRoute({
    method: 'GET',
    path: '/admin/plans',
    to: billingCalls.listPlans,
    access: having('devices:read'),
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/admin/plans',
    to: billingCalls.createPlan,
    access: having('catalogue:write'),
    summary: 'Put a plan on sale.',
  }),
  defineProxyRoute({
    method: 'PATCH',
    path: '/admin/plans/:planId',
    to: billingCalls.updatePlan,
    access: having('catalogue:write'),
    summary: 'Change a plan’s terms, or take it off sale (isRetired).',
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
    method: 'POST',
    path: '/admin/apps',
    to: appCalls.createApp,
    access: having('catalogue:write'),
    summary: 'List an app; it waits for its review.',
  }),
  defineProxyRoute({
    method: 'PATCH',
    path: '/admin/apps/:appId',
    to: appCalls.updateApp,
    access: having('catalogue:write'),
    summary: 'Change a listing’s name or category.',
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/admin/apps/:appId/resubmit',
    to: appCalls.resubmitApp,
    access: having('catalogue:write'),
    summary: 'Have a rejected app reviewed again.',
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/admin/apps/:appId/versions',
    to: appCalls.listAppVersions,
    access: having('devices:read'),
    summary: 'The versions of an app.',
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/admin/apps/:appId/versions',
    to: appCalls.publishAppVersion,
    access: having('catalogue:write'),
    summary: 'Make a later version the current one.',
  }),
];
