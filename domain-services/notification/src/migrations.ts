import { type Kysely, type Migration, sql } from '@cloudphone/postgres';
import { announcementMigrations } from './announcements/announcement-migrations.ts';
import { campaignMigrations } from './campaigns/campaign-migrations.ts';
import { eventMessageMigrations } from './event-notifications/event-message-migrations.ts';
import { preferenceMigrations } from './preferences/preference-migrations.ts';
import { scheduleMigrations } from './schedules/schedule-migrations.ts';
import type { NotificationTables } from './schema.ts';
import { segmentMigrations } from './segments/segment-migrations.ts';
import { sendingMigrations } from './sending/sending-migrations.ts';
import { insertFirstTemplates } from './templates/first-templates/insert-first-templates.ts';
import { templateMigrations } from './templates/template-migrations.ts';
import { uploadMigrations } from './uploads/upload-migrations.ts';

/** Times have millisecond precision, because cursors carry them as JavaScript sees them. */
export const notificationMigrations: readonly Migration[] = [
  {
    name: '100-templates',
    up: async (db) => {
      await sql`
        create table templates (
          id uuid primary key,
          code text not null unique,
          name text not null,
          is_active boolean not null,
          version integer not null,
          created_at timestamptz(3) not null,
          updated_at timestamptz(3) not null
        )`.execute(db);
      await sql`
        create table template_versions (
          template_id uuid not null references templates (id),
          version integer not null,
          variables jsonb not null,
          texts jsonb not null,
          primary key (template_id, version)
        )`.execute(db);
      await insertFirstTemplates(db as Kysely<NotificationTables>);
    },
  },
  {
    name: '101-inbox',
    up: async (db) => {
      await sql`
        create table notifications (
          id uuid primary key,
          user_id uuid not null,
          type text not null,
          title text not null,
          body text not null,
          batch_id uuid,
          read_at timestamptz(3),
          created_at timestamptz(3) not null
        )`.execute(db);
      await sql`
        create index notifications_inbox
        on notifications (user_id, created_at desc, id desc)`.execute(db);
      await sql`
        create index notifications_unread
        on notifications (user_id) where read_at is null`.execute(db);
      await sql`
        create table contacts (
          user_id uuid primary key,
          name text not null,
          email text,
          locale text not null,
          time_zone text not null,
          version integer not null
        )`.execute(db);
    },
  },
  {
    name: '102-campaigns',
    up: async (db) => {
      await sql`
        create table campaigns (
          batch_id uuid primary key,
          name text,
          template_id uuid not null,
          template_version integer not null,
          template_code text not null,
          data jsonb not null,
          channels text[] not null,
          priority text not null,
          status text not null,
          epoch integer not null,
          total_users integer not null,
          chunk_count integer not null,
          created_by uuid not null,
          created_at timestamptz(3) not null,
          started_at timestamptz(3) not null,
          completed_at timestamptz(3),
          result jsonb,
          foreign key (template_id, template_version)
            references template_versions (template_id, version)
        )`.execute(db);
      await sql`
        create index campaigns_newest on campaigns (created_at desc, batch_id desc)`.execute(db);
      await sql`
        create index campaigns_unfinished on campaigns (created_at) where result is null`.execute(
        db,
      );
      await sql`
        create table campaign_keys (
          owner uuid not null,
          key text not null,
          body_hash bytea not null,
          batch_id uuid not null,
          created_at timestamptz(3) not null,
          primary key (owner, key)
        )`.execute(db);
      await sql`
        create table audience_chunks (
          batch_id uuid not null references campaigns (batch_id) on delete cascade,
          chunk integer not null,
          recipients bytea not null,
          primary key (batch_id, chunk)
        )`.execute(db);
    },
  },
  {
    name: '103-deliveries',
    up: async (db) => {
      await sql`
        create table deliveries (
          batch_id uuid not null references campaigns (batch_id) on delete cascade,
          chunk integer not null,
          channel text not null,
          intended_run text not null,
          states bytea,
          primary key (batch_id, chunk, channel)
        )`.execute(db);
      await sql`
        create table delivery_problems (
          batch_id uuid not null references campaigns (batch_id) on delete cascade,
          channel text not null,
          ordinal integer not null,
          user_id uuid not null,
          state text not null,
          code text not null,
          detail text not null,
          attempts integer not null,
          at timestamptz(3) not null,
          primary key (batch_id, channel, ordinal)
        )`.execute(db);
      await sql`
        create table captured_messages (
          id uuid primary key,
          channel text not null,
          address text not null,
          title text not null,
          body text not null,
          html text,
          user_id uuid not null,
          batch_id uuid,
          captured_at timestamptz(3) not null
        )`.execute(db);
      await sql`
        create index captured_messages_newest
        on captured_messages (captured_at desc, id desc)`.execute(db);
    },
  },
  ...sendingMigrations,
  ...templateMigrations,
  ...preferenceMigrations,
  ...announcementMigrations,
  ...eventMessageMigrations,
  ...campaignMigrations,
  ...segmentMigrations,
  ...uploadMigrations,
  ...scheduleMigrations,
];
