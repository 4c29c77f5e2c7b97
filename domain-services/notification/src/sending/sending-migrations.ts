import { type Migration, sql } from '@cloudphone/postgres';

/** What sending records beyond the first mirror: rounds, pauses of its own, caps. */
export const sendingMigrations: readonly Migration[] = [
  {
    name: '140-rounds-and-limits',
    up: async (db) => {
      await sql`
        alter table campaigns
          add column round integer not null default 1,
          add column rate_per_second integer,
          add column is_dry_run boolean not null default false,
          add column pause_reason text`.execute(db);
      await sql`
        alter table deliveries
          add column intended_round integer not null default 1,
          add column mirrored_round integer not null default 0`.execute(db);
      await sql`update deliveries set mirrored_round = 1 where states is not null`.execute(db);
      await sql`
        alter table delivery_problems
          add column key_round integer not null default 1,
          add column reopened_round integer not null default 0`.execute(db);
      await sql`
        create table campaign_rounds (
          batch_id uuid not null references campaigns (batch_id) on delete cascade,
          round integer not null,
          kind text not null,
          filter jsonb not null,
          reopened integer not null,
          opened_at timestamptz(3) not null,
          before jsonb not null,
          result jsonb,
          finished_at timestamptz(3),
          primary key (batch_id, round)
        )`.execute(db);
    },
  },
  {
    name: '141-begun-groups',
    up: async (db) => {
      await sql`
        alter table deliveries
          add column begun_claim bigint,
          add column begun_states bytea`.execute(db);
    },
  },
];
