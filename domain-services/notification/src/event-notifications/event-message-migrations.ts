import { type Migration, sql } from '@cloudphone/postgres';

export const eventMessageMigrations: readonly Migration[] = [
  {
    name: '230-event-messages',
    up: async (db) => {
      await sql`
        create table event_messages (
          id uuid primary key,
          event_id uuid not null,
          user_id uuid not null,
          channel text not null,
          template_code text not null,
          template_id uuid not null,
          template_version integer not null,
          values jsonb not null,
          lane text not null,
          state text not null,
          attempts integer not null,
          due_at timestamptz(3) not null,
          claimed_until timestamptz(3),
          error text,
          created_at timestamptz(3) not null
        )`.execute(db);
      await sql`
        create index event_messages_due on event_messages (lane, due_at)
        where state = 'waiting'`.execute(db);
      await sql`
        create table event_tallies (
          subject text primary key,
          began_at timestamptz(3) not null,
          count integer not null
        )`.execute(db);
      await sql`create index event_messages_of on event_messages (user_id)`.execute(db);
    },
  },
];
