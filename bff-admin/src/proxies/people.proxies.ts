import { userCalls } from '@cloudphone/contracts';
import { defineProxyRoute } from '@cloudphone/http';
import { having } from '../having.ts';

/** Accounts, roles, quotas and the audit log. */
export const peopleProxies = [
  defineProxyRoute({
    method: 'POST',
    path: '/admin/users',
    to: userCalls.createUser,
    access: having('users:write'),
  }),
  defineProxyRoute({
    method: 'PUT',
    path: '/admin/users/:userId/roles',
    to: userCalls.changeRoles,
    access: having('users:write'),
  }),
  defineProxyRoute({
    method: 'PUT',
    path: '/admin/quotas/:userId',
    to: userCalls.setQuota,
    access: having('users:write'),
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/admin/quotas/:userId/renew',
    to: userCalls.renewQuota,
    access: having('users:write'),
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/admin/audit',
    to: userCalls.listAudit,
    access: having('audit:read'),
  }),
];
