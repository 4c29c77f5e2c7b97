import type {
  Announcement,
  bulkAcceptedSchema,
  CampaignStatus,
  ChannelKind,
  Preferences,
  ScheduleInput,
  SegmentDefinition,
  Settings,
  Template,
  Upload,
} from '@cloudphone/contracts';
import type { EventLogTables } from '@cloudphone/event-log';
import type { ColumnType, Generated } from '@cloudphone/postgres';
import type * as z from 'zod';
import type { CampaignCounts } from './campaigns/campaign-counts.ts';
import type { RoundFilter } from './sending/rounds/round-filter.ts';
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
  /** Its row stays for what was sent with it. */
  deleted_at: Date | null;
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
  /** When it first arrived at a device of theirs. */
  pushed_at: Date | null;
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
  tenant_id: string | null;
  roles: Generated<string[]>;
  /** When the person's account began; what was announced before is not theirs. */
  joined_at: Date | null;
  /** The person is deleted: an empty row, so that nothing late brings them back. */
  deleted_at: Date | null;
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
  /** When sending began; null before. */
  started_at: Date | null;
  completed_at: Date | null;
  /** The final counters; null until every recipient is finished and mirrored. */
  result: CampaignCounts | null;
  /** 1, and one more with every replay. */
  round: number;
  /** At most so many messages a second; null: as fast as the providers' limits allow. */
  rate_per_second: number | null;
  /** Through the whole pipeline, to a provider that delivers nothing. */
  is_dry_run: boolean;
  /** Why it paused itself; null when it runs, or when a person paused it. */
  pause_reason: string | null;
  audience: ColumnType<PinnedAudience, unknown, unknown>;
  /** When it begins by somebody's clock; null: at once, or by its schedule's. */
  schedule: ColumnType<PinnedSchedule | null, unknown, unknown>;
  /** Its beginning as an instant; of recipients' local times the earliest. */
  starts_at: Date | null;
  /** Null while its audience is still sought; then `total_users` is final. */
  frozen_at: Date | null;
  /** Its counters then: whom it skips is known before it begins. */
  frozen_counts: CampaignCounts | null;
  /** SHA-256 of all that is sent and to whom; null until it is frozen. */
  content_hash: string | null;
  approved_by: string | null;
  approved_at: Date | null;
  /** The schedule that it is an occurrence of. */
  schedule_id: string | null;
  failure: string | null;
}

/** Whom a campaign is for, as far as its row has to know. */
export type PinnedAudience =
  | { readonly kind: 'userIds' }
  | { readonly kind: 'csv'; readonly uploadId: string }
  | { readonly kind: 'segment'; readonly definition: SegmentDefinition };

/** Wall clock, of one zone or of each recipient's own. */
export type PinnedSchedule =
  | { readonly at: string; readonly timeZone: string }
  | { readonly localTime: string; readonly date: string };

/** How far a campaign was at the end of a minute. */
export interface CampaignMinuteTable {
  batch_id: string;
  minute: Date;
  processed: number;
  sent: number;
}

export interface SegmentTable {
  id: string;
  name: string;
  definition: ColumnType<SegmentDefinition, unknown, unknown>;
  version: number;
  created_at: Date;
  updated_at: Date;
}

export interface UploadTable {
  id: string;
  fields: string[];
  rows: number;
  accepted: number;
  duplicates: number;
  rejected: number;
  issues: ColumnType<Upload['issues'], unknown, unknown>;
  created_by: string;
  created_at: Date;
  expires_at: Date;
}

/** A person of an uploaded file with what it says of them. */
export interface UploadPersonTable {
  upload_id: string;
  user_id: string;
  fields: ColumnType<Readonly<Record<string, string>> | null, unknown, unknown>;
}

export interface ScheduleTable {
  id: string;
  name: string;
  cron: string;
  time_zone: string;
  until: string | null;
  missed: 'skip' | 'run_once';
  campaign: ColumnType<ScheduleInput['campaign'], unknown, unknown>;
  is_paused: boolean;
  /** The next occurrence that has not begun; null when there is none. */
  next_local: string | null;
  next_at: Date | null;
  created_by: string;
  version: number;
  created_at: Date;
  updated_at: Date;
}

/** A replay of dead letters, or a second try of unknown deliveries. */
export interface CampaignRoundTable {
  batch_id: string;
  /** From 2 on; the first round is the campaign itself. */
  round: number;
  kind: 'dead-letters' | 'unknown';
  filter: RoundFilter;
  /** Deliveries (a recipient in a channel) that it began again. */
  reopened: number;
  opened_at: Date;
  /** The campaign's counters when it began; `result` is those when it ended. */
  before: CampaignCounts;
  result: CampaignCounts | null;
  finished_at: Date | null;
}

/** Which request an idempotency key stands for. */
export interface CampaignKeyTable {
  owner: string;
  key: string;
  /** SHA-256 of the request. */
  body_hash: Buffer;
  batch_id: string;
  created_at: Date;
  /** What was answered; null for campaigns of before it was kept. */
  answer: ColumnType<z.infer<typeof bulkAcceptedSchema> | null, unknown, unknown>;
}

/** The frozen audience: recipients `chunk * 100` and following, 16 bytes each. */
export interface AudienceChunkTable {
  batch_id: string;
  chunk: number;
  recipients: Buffer;
  /** Of each recipient, what an uploaded file says of them; null: no file. */
  fields: ColumnType<readonly RecipientFields[] | null, unknown, unknown>;
}

/** Values that are one recipient's own, or what is wrong with them. */
export interface RecipientFields {
  readonly values?: TemplateValues;
  readonly problem?: string;
}

/** One chunk in one channel: that sending began (and in which life of Redis), later how it ended. */
export interface DeliveryTable {
  batch_id: string;
  chunk: number;
  channel: ChannelKind;
  intended_run: string;
  /** The round for which sending began last. */
  intended_round: Generated<number>;
  /** The ledger's bytes; null until the chunk is finished. */
  states: Buffer | null;
  /** The round that `states` tells of; 0 while there are none. */
  mirrored_round: Generated<number>;
  /**
   * The ledger's bytes while the chunk is unfinished, as they were after some claim of the intended
   * round, and that claim's number.
   */
  begun_claim: ColumnType<string | null, number | null | undefined, number>;
  begun_states: Generated<Buffer | null>;
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
  /** The round that is part of the key under which it was sent last. */
  key_round: Generated<number>;
  /** The last round that began it again; 0: none. */
  reopened_round: Generated<number>;
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
  unsubscribe_url: string | null;
  captured_at: Date;
}

/** What a person wants to be told, and how; no row: as everybody unless told. */
export interface PreferencesTable {
  user_id: string;
  channels: Preferences['channels'];
  quiet_hours: Preferences['quietHours'];
  locale: Preferences['locale'];
  time_zone: string | null;
  phone: string | null;
  promotions_per_day: number | null;
  version: number;
  updated_at: Date;
}

/** Promotions that count towards somebody's own limit a day. */
export interface CountedPromotionTable {
  user_id: string;
  channel: ChannelKind;
  batch_id: string;
  at: Date;
}

/** Addresses that a provider refused for good. */
export interface SuppressionTable {
  id: string;
  channel: ChannelKind;
  address: string;
  user_id: string | null;
  code: string;
  detail: string;
  created_at: Date;
}

/** Browsers that take a person's push messages. No answer shows them. */
export interface PushSubscriptionTable {
  id: string;
  user_id: string;
  endpoint: string;
  p256dh: string;
  auth: string;
  created_at: Date;
}

/** One row. */
export interface SettingsTable {
  singleton: boolean;
  low_balance_below: Settings['lowBalanceBelow'];
  quota_alert_percent: number;
  locales: Settings['locales'];
  default_locale: Settings['defaultLocale'];
  sender_name: string;
  quiet_hours: Settings['quietHours'];
  version: number;
  updated_at: Date;
}

/** One row for everybody it is for: inboxes join it when they are read. */
export interface AnnouncementTable {
  id: string;
  type: Announcement['type'];
  /** By locale; `*` for those that were written in one language. */
  texts: Readonly<Record<string, AnnouncementText>>;
  /** Null: everybody. */
  tenant_id: string | null;
  created_by: string;
  created_at: Date;
}

export interface AnnouncementText {
  readonly title: string;
  readonly body: string;
}

/** Who has read an announcement: a row from the first reading on. */
export interface AnnouncementReadTable {
  user_id: string;
  announcement_id: string;
  read_at: Date;
}

/** A message about an event that waits to leave by one channel. Sent ones are gone. */
export interface EventMessageTable {
  /** The same for the same event, person and channel: the key that it is sent under. */
  id: string;
  event_id: string;
  user_id: string;
  channel: ChannelKind;
  template_code: string;
  template_id: string;
  template_version: number;
  values: TemplateValues;
  lane: 'urgent' | 'normal';
  state: 'waiting' | 'failed' | 'unknown';
  attempts: number;
  due_at: Date;
  /** While somebody is sending it. */
  claimed_until: Date | null;
  error: string | null;
  created_at: Date;
}

/** How often something happened within an hour of `began_at`. */
export interface EventTallyTable {
  subject: string;
  began_at: Date;
  count: number;
}

/** When operators were last alerted of something. */
export interface AlertTable {
  subject: string;
  alerted_at: Date;
}

export interface NotificationTables extends EventLogTables {
  templates: TemplateTable;
  template_versions: TemplateVersionTable;
  notifications: NotificationTable;
  contacts: ContactTable;
  campaigns: CampaignTable;
  campaign_keys: CampaignKeyTable;
  campaign_rounds: CampaignRoundTable;
  audience_chunks: AudienceChunkTable;
  deliveries: DeliveryTable;
  delivery_problems: DeliveryProblemTable;
  captured_messages: CapturedMessageTable;
  campaign_minutes: CampaignMinuteTable;
  segments: SegmentTable;
  uploads: UploadTable;
  upload_people: UploadPersonTable;
  schedules: ScheduleTable;
  preferences: PreferencesTable;
  counted_promotions: CountedPromotionTable;
  suppressions: SuppressionTable;
  push_subscriptions: PushSubscriptionTable;
  settings: SettingsTable;
  announcements: AnnouncementTable;
  announcement_reads: AnnouncementReadTable;
  event_messages: EventMessageTable;
  event_tallies: EventTallyTable;
  alerts: AlertTable;
}
