import { notificationCalls } from '@cloudphone/contracts';
import { defineProxyRoute } from '@cloudphone/http';
import { having } from '../having.ts';

/** A hundred templates of some length. */
const BULK_BODY_BYTES = 8_000_000;

/** Templates of messages. */
export const templateProxies = [
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
    method: 'GET',
    path: '/notifications/templates/:templateId',
    to: notificationCalls.getTemplate,
    access: having('templates:read'),
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/notifications/templates/:templateId/versions',
    to: notificationCalls.listTemplateVersions,
    access: having('templates:read'),
  }),
  defineProxyRoute({
    method: 'DELETE',
    path: '/notifications/templates/:templateId',
    to: notificationCalls.deleteTemplate,
    access: having('templates:write'),
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/templates/:templateId/toggle',
    to: notificationCalls.toggleTemplate,
    access: having('templates:write'),
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/templates/:templateId/render',
    to: notificationCalls.renderTemplate,
    access: having('templates:write'),
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/templates/validate',
    to: notificationCalls.validateTemplate,
    access: having('templates:write'),
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/templates/bulk',
    to: notificationCalls.createTemplates,
    access: having('templates:write'),
    bodyLimitBytes: BULK_BODY_BYTES,
  }),
];
