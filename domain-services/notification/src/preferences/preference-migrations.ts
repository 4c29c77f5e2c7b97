import { type Migration, sql } from '@cloudphone/postgres';

export const preferenceMigrations: readonly Migration[] = [
  {
    name: '210-preferences',
    up: async (db) => {
      await sql`
        create table preferences (
          user_id uuid primary key,
          channels jsonb not null,
          quiet_hours jsonb,
          locale text,
          time_zone text,
          phone text,
          promotions_per_day integer,
          version integer not null,
          updated_at timestamptz(3) not null
        )`.execute(db);
      await sql`
        create table counted_promotions (
          user_id uuid not null,
          channel text not null,
          batch_id uuid not null,
          at timestamptz(3) not null,
          primary key (user_id, channel, batch_id)
        )`.execute(db);
      await sql`
        create table suppressions (
          id uuid primary key,
          channel text not null,
          address text not null,
          user_id uuid,
          code text not null,
          detail text not null,
          created_at timestamptz(3) not null,
          unique (channel, address)
        )`.execute(db);
      await sql`
        create index suppressions_newest on suppressions (created_at desc, id desc)`.execute(db);
      await sql`
        create table push_subscriptions (
          id uuid primary key,
          user_id uuid not null,
          endpoint text not null unique,
          p256dh text not null,
          auth text not null,
          created_at timestamptz(3) not null
        )`.execute(db);
      await sql`
        create index push_subscriptions_of on push_subscriptions (user_id, created_at)`.execute(db);
      await sql`alter table captured_messages add column unsubscribe_url text`.execute(db);
      await sql`create index captured_messages_of on captured_messages (user_id)`.execute(db);
      await sql`create table alerts (
        subject text primary key,
        alerted_at timestamptz(3) not null
      )`.execute(db);
    },
  },
  {
    name: '211-settings',
    up: async (db) => {
      await sql`
        create table settings (
          singleton boolean primary key default true check (singleton),
          low_balance_below jsonb not null,
          quota_alert_percent integer not null,
          locales text[] not null,
          default_locale text not null,
          sender_name text not null,
          quiet_hours jsonb,
          version integer not null,
          updated_at timestamptz(3) not null
        )`.execute(db);
      await sql`
        insert into settings values (
          true, '{"amount": 1000, "currency": "CNY"}', 80, '{zh-CN,en}', 'en', 'CloudPhone',
          null, 1, now()
        )`.execute(db);
    },
  },
];
