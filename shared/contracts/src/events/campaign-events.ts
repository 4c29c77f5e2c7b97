import * as z from 'zod';
import { channels } from '../channels.ts';
import { defineEvent } from '../define-event.ts';
import { campaignStatusSchema } from '../services/campaigns.ts';
import { tags } from '../tags.ts';
import { idSchema, timeSchema } from '../values.ts';

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

export const campaignEvents = {
  'campaign.preparing': campaignEvent('campaign.preparing'),
  'campaign.scheduled': campaignEvent('campaign.scheduled'),
  'campaign.updated': campaignEvent('campaign.updated'),
  'campaign.awaiting_approval': campaignEvent('campaign.awaiting_approval'),
  'campaign.approved': campaignEvent('campaign.approved'),
  'campaign.started': campaignEvent('campaign.started'),
  'campaign.paused': campaignEvent('campaign.paused'),
  'campaign.resumed': campaignEvent('campaign.resumed'),
  'campaign.cancelled': campaignEvent('campaign.cancelled'),
  'campaign.completed': campaignEvent('campaign.completed'),
  'campaign.failed': campaignEvent('campaign.failed'),
  /** Its counters have been kept for as long as they are kept. */
  'campaign.forgotten': campaignEvent('campaign.forgotten'),
} as const;
