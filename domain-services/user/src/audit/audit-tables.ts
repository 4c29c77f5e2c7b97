import { type Migration, sql } from '@cloudphone/postgres';

export const auditTables: Migration = {
  name: '109-audit',
  up: async (db) => {
    await sql`
      create table audit (
        event_id uuid primary key,
        at timestamptz(3) not null,
        actor_id uuid not null,
        actor_name text,
        action text not null,
        subject text not null,
        fields text[] not null
      )`.execute(db);
    await sql`create index audit_latest on audit (at desc, event_id desc)`.execute(db);
    await sql`create index audit_actor on audit (actor_id, at desc)`.execute(db);
  },
};
