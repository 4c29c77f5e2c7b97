import { type Migration, sql } from '@cloudphone/postgres';

/** Campaigns that begin later, that somebody has to approve, or whose audience is still sought. */
export const campaignMigrations: readonly Migration[] = [
  {
    name: '300-campaign-requests',
    up: async (db) => {
      await sql`
        alter table campaigns
          alter column started_at drop not null,
          add column audience jsonb not null default '{"kind":"userIds"}',
          add column schedule jsonb,
          add column starts_at timestamptz(3),
          add column frozen_at timestamptz(3),
          add column content_hash text,
          add column approved_by uuid,
          add column approved_at timestamptz(3),
          add column schedule_id uuid,
          add column failure text`.execute(db);
      await sql`update campaigns set frozen_at = created_at`.execute(db);
      await sql`
        create index campaigns_to_begin on campaigns (starts_at)
        where status in ('scheduled', 'preparing')`.execute(db);
      await sql`
        create index campaigns_of_schedule on campaigns (schedule_id)
        where schedule_id is not null`.execute(db);
      await sql`
        create index campaigns_ended on campaigns (completed_at)
        where completed_at is not null`.execute(db);
      await sql`alter table campaign_keys add column answer jsonb`.execute(db);
      await sql`
        update campaign_keys set answer = jsonb_build_object(
          'batchId', campaigns.batch_id,
          'totalUsers', campaigns.total_users,
          'status', 'processing',
          'createdAt', to_char(campaigns.created_at at time zone 'UTC',
            'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
        from campaigns where campaigns.batch_id = campaign_keys.batch_id`.execute(db);
      await sql`alter table audience_chunks add column fields jsonb`.execute(db);
      await sql`
        create table campaign_minutes (
          batch_id uuid not null references campaigns (batch_id) on delete cascade,
          minute timestamptz(3) not null,
          processed integer not null,
          sent integer not null,
          primary key (batch_id, minute)
        )`.execute(db);
    },
  },
  {
    name: '301-frozen-counts',
    up: async (db) => {
      await sql`alter table campaigns add column frozen_counts jsonb`.execute(db);
    },
  },
];
