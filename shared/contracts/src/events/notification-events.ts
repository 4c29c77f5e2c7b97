import * as z from 'zod';
import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import {
  campaignStatusSchema,
  notificationSchema,
  templateSchema,
} from '../services/notification.ts';
import { tags } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';

const inboxEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: notificationSchema,
    subject: (notification) => `notification/${notification.id}`,
    key: (notification) => `inbox:${notification.userId}`,
    tags: (notification) => [tags.notificationsOf(notification.userId)],
    audiences: [
      {
        channel: (notification) => channels.user(notification.userId),
        fields: ['id', 'type', 'title', 'body', 'batchId', 'readAt', 'createdAt'],
      },
    ],
  });

/** Texts are not told: whoever may see them reads the template. */
const templateFacts = templateSchema.omit({ texts: true });

const templateEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: templateFacts,
    subject: (template) => `template/${template.id}`,
    key: (template) => `template:${template.id}`,
    tags: (template) => [tags.template(template.code), tags.templates()],
    audiences: [
      {
        channel: () => channels.adminWith('templates:read'),
        fields: ['id', 'code', 'name', 'isActive', 'version', 'updatedAt'],
      },
    ],
  });

/** Status changes only: live progress is ephemeral and goes to `campaign:<batchId>` by itself. */
const campaignFacts = z.object({
  batchId: idSchema,
  name: z.string().nullable(),
  templateCode: z.string(),
  status: campaignStatusSchema,
  totalUsers: z.int().nullable(),
  at: timeSchema,
});

const campaignEvent = <Type extends string>(type: Type) =>
  defineEvent({
    type,
    data: campaignFacts,
    subject: (campaign) => `campaign/${campaign.batchId}`,
    key: (campaign) => `campaign:${campaign.batchId}`,
    tags: (campaign) => [tags.campaign(campaign.batchId), tags.campaigns()],
    audiences: [
      {
        channel: () => channels.adminWith('campaigns:read'),
        fields: ['batchId', 'name', 'templateCode', 'status', 'totalUsers', 'at'],
      },
    ],
  });

export const notificationEvents = {
  'notification.created': inboxEvent('notification.created'),
  'notification.read': inboxEvent('notification.read'),
  'template.created': templateEvent('template.created'),
  'template.updated': templateEvent('template.updated'),
  'campaign.started': campaignEvent('campaign.started'),
  'campaign.paused': campaignEvent('campaign.paused'),
  'campaign.resumed': campaignEvent('campaign.resumed'),
  'campaign.cancelled': campaignEvent('campaign.cancelled'),
  'campaign.completed': campaignEvent('campaign.completed'),
} as const;
