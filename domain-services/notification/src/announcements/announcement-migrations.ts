import { type Migration, sql } from '@cloudphone/postgres';

export const announcementMigrations: readonly Migration[] = [
  {
    name: '220-announcements',
    up: async (db) => {
      await sql`
        create table announcements (
          id uuid primary key,
          type text not null,
          texts jsonb not null,
          tenant_id text,
          created_by uuid not null,
          created_at timestamptz(3) not null
        )`.execute(db);
      await sql`
        create index announcements_newest on announcements (created_at desc, id desc)`.execute(db);
      await sql`
        create table announcement_reads (
          user_id uuid not null,
          announcement_id uuid not null references announcements (id) on delete cascade,
          read_at timestamptz(3) not null,
          primary key (user_id, announcement_id)
        )`.execute(db);
      await sql`create index announcement_reads_of on announcement_reads (announcement_id)`.execute(
        db,
      );
      await sql`
        alter table contacts
          add column tenant_id text,
          add column roles text[] not null default '{}',
          add column joined_at timestamptz(3),
          add column deleted_at timestamptz(3)`.execute(db);
      await sql`create index contacts_roles on contacts using gin (roles)`.execute(db);
      await sql`alter table notifications add column pushed_at timestamptz(3)`.execute(db);
      await sql`create index notifications_oldest on notifications (created_at)`.execute(db);
    },
  },
];
