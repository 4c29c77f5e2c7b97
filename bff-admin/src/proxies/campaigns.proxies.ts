import { notificationCalls } from '@cloudphone/contracts';
import { defineProxyRoute } from '@cloudphone/http';
import { having } from '../having.ts';

/** A hundred thousand ids and the text around them. */
const BULK_BODY_BYTES = 8_000_000;

/** Ten thousand ids and the text around them. */
const SCHEDULE_BODY_BYTES = 1_000_000;
/** An uploaded file of recipients, streamed on. */
const UPLOAD_BYTES = 50_000_000;
/** Each row of it is looked up while it arrives. */
const UPLOAD_TIMEOUT_MS = 120_000;
/** Everybody of a campaign, at the pace of whoever reads. */
const EXPORT_TIMEOUT_MS = 600_000;

const reading = having('campaigns:read');
const writing = having('campaigns:write');
const approving = having('campaigns:approve');

const exportOf = (extension: 'csv' | 'ndjson') =>
  defineProxyRoute({
    method: 'GET',
    path: `/notifications/bulk/:batchId/recipients.${extension}`,
    to: {
      service: 'notification',
      path: `/notifications/bulk/:batchId/recipients.${extension}`,
    },
    access: reading,
    summary: `Recipients of a campaign with what became of each, as ${extension}.`,
    timeoutMs: EXPORT_TIMEOUT_MS,
  });

/** Bulk campaigns: the polling API and what steers it. */
export const campaignProxies = [
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/bulk',
    to: notificationCalls.createCampaign,
    access: writing,
    bodyLimitBytes: BULK_BODY_BYTES,
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/notifications/bulk',
    to: notificationCalls.listCampaigns,
    access: reading,
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/notifications/bulk/:batchId',
    to: notificationCalls.getCampaign,
    access: reading,
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/bulk/:batchId/pause',
    to: notificationCalls.pauseCampaign,
    access: writing,
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/bulk/:batchId/resume',
    to: notificationCalls.resumeCampaign,
    access: writing,
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/bulk/:batchId/cancel',
    to: notificationCalls.cancelCampaign,
    access: writing,
  }),
  defineProxyRoute({
    method: 'PATCH',
    path: '/notifications/bulk/:batchId',
    to: notificationCalls.updateCampaign,
    access: writing,
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/bulk/:batchId/approve',
    to: notificationCalls.approveCampaign,
    access: approving,
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/notifications/bulk/:batchId/recipients',
    to: notificationCalls.listRecipients,
    access: reading,
  }),
  exportOf('csv'),
  exportOf('ndjson'),
  defineProxyRoute({
    method: 'GET',
    path: '/notifications/bulk/:batchId/report',
    to: notificationCalls.getCampaignReport,
    access: reading,
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/bulk/:batchId/dead-letters/replay',
    to: notificationCalls.replayFailedRecipients,
    access: writing,
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/bulk/:batchId/unknown/resend',
    to: notificationCalls.resendUnknown,
    access: writing,
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/bulk/:batchId/unknown/accept',
    to: notificationCalls.acceptUnknown,
    access: writing,
  }),
];

/** Whom campaigns are for: files and saved segments. */
export const audienceProxies = [
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/uploads',
    to: notificationCalls.createUpload,
    access: writing,
    bodyLimitBytes: UPLOAD_BYTES,
    timeoutMs: UPLOAD_TIMEOUT_MS,
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/notifications/uploads/:uploadId',
    to: notificationCalls.getUpload,
    access: reading,
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/notifications/segments',
    to: notificationCalls.listSegments,
    access: reading,
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/segments',
    to: notificationCalls.createSegment,
    access: writing,
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/segments/preview',
    to: notificationCalls.previewSegment,
    access: writing,
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/notifications/segments/:segmentId',
    to: notificationCalls.getSegment,
    access: reading,
  }),
  defineProxyRoute({
    method: 'PUT',
    path: '/notifications/segments/:segmentId',
    to: notificationCalls.updateSegment,
    access: writing,
  }),
  defineProxyRoute({
    method: 'DELETE',
    path: '/notifications/segments/:segmentId',
    to: notificationCalls.deleteSegment,
    access: writing,
  }),
];

/** What begins campaigns by the clock. */
export const scheduleProxies = [
  defineProxyRoute({
    method: 'GET',
    path: '/notifications/schedules',
    to: notificationCalls.listSchedules,
    access: reading,
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/schedules',
    to: notificationCalls.createSchedule,
    access: writing,
    bodyLimitBytes: SCHEDULE_BODY_BYTES,
  }),
  defineProxyRoute({
    method: 'GET',
    path: '/notifications/schedules/:scheduleId',
    to: notificationCalls.getSchedule,
    access: reading,
  }),
  defineProxyRoute({
    method: 'PUT',
    path: '/notifications/schedules/:scheduleId',
    to: notificationCalls.updateSchedule,
    access: writing,
    bodyLimitBytes: SCHEDULE_BODY_BYTES,
  }),
  defineProxyRoute({
    method: 'DELETE',
    path: '/notifications/schedules/:scheduleId',
    to: notificationCalls.deleteSchedule,
    access: writing,
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/schedules/:scheduleId/pause',
    to: notificationCalls.pauseSchedule,
    access: writing,
  }),
  defineProxyRoute({
    method: 'POST',
    path: '/notifications/schedules/:scheduleId/resume',
    to: notificationCalls.resumeSchedule,
    access: writing,
  }),
];
