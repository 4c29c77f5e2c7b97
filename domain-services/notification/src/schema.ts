import type { CampaignStatus, ChannelKind, Template } from '@cloudphone/contracts';
import type { EventLogTables } from '@cloudphone/event-log';
import type { CampaignCounts } from './campaigns/campaign-counts.ts';
import type { TemplateValues } from './templates/compile-text.ts';

export interface TemplateTable {
  id: string;
  code: string;
  name: string;
  is_active: boolean;
  /** The version that new campaigns take. */
  version: number;
  created_at: Date;
  updated_at: Date;
}

/** Kept for ever: campaigns that began keep theirs. */
export interface TemplateVersionTable {
  template_id: string;
  version: number;
  variables: Template['variables'];
  texts: Template['texts'];
}

/** One row of one person's inbox. */
export interface NotificationTable {
  id: string;
  user_id: string;
  type: string;
  title: string;
  body: string;
  batch_id: string | null;
  read_at: Date | null;
  created_at: Date;
}

/** How a person is reached: a copy of the user service's, kept by its events. */
export interface ContactTable {
  user_id: string;
  name: string;
  email: string | null;
  locale: string;
  time_zone: string;
  /** The person's version that was copied. */
  version: number;
}

export interface CampaignTable {
  batch_id: string;
  name: string | null;
  template_id: string;
  template_version: number;
  template_code: string;
  data: TemplateValues;
  channels: ChannelKind[];
  priority: 'urgent' | 'high' | 'normal' | 'low';
  status: CampaignStatus;
  /** Raised by pause, resume and cancel; claims of earlier epochs are refused. */
  epoch: number;
  total_users: number;
  chunk_count: number;
  created_by: string;
  created_at: Date;
  started_at: Date;
  completed_at: Date | null;
  /** The final counters; null until every recipient is finished and mirrored. */
  result: CampaignCounts | null;
}

/** Which request an idempotency key stands for. */
export interface CampaignKeyTable {
  owner: string;
  key: string;
  /** SHA-256 of the request. */
  body_hash: Buffer;
  batch_id: string;
  created_at: Date;
}

/** The frozen audience: recipients `chunk * 100` and following, 16 bytes each. */
export interface AudienceChunkTable {
  batch_id: string;
  chunk: number;
  recipients: Buffer;
}

/** One chunk in one channel: that sending began (and in which life of Redis), later how it ended. */
export interface DeliveryTable {
  batch_id: string;
  chunk: number;
  channel: ChannelKind;
  intended_run: string;
  /** The ledger's bytes; null until the chunk is finished. */
  states: Buffer | null;
}

/** Recipients that were not simply sent to, with the reason. */
export interface DeliveryProblemTable {
  batch_id: string;
  channel: ChannelKind;
  ordinal: number;
  user_id: string;
  state: 'failed' | 'skipped' | 'unknown';
  code: string;
  detail: string;
  attempts: number;
  at: Date;
}

/** What the capture provider accepted instead of sending it. */
export interface CapturedMessageTable {
  /** The idempotency key it was sent under. */
  id: string;
  channel: ChannelKind;
  address: string;
  title: string;
  body: string;
  html: string | null;
  user_id: string;
  batch_id: string | null;
  captured_at: Date;
}

export interface NotificationTables extends EventLogTables {
  templates: TemplateTable;
  template_versions: TemplateVersionTable;
  notifications: NotificationTable;
  contacts: ContactTable;
  campaigns: CampaignTable;
  campaign_keys: CampaignKeyTable;
  audience_chunks: AudienceChunkTable;
  deliveries: DeliveryTable;
  delivery_problems: DeliveryProblemTable;
  captured_messages: CapturedMessageTable;
}
