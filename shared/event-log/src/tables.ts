import type { DeadLetter } from '@cloudphone/contracts';
import { type Generated, type Migration, sql } from '@cloudphone/postgres';

export type DeadLetterState = DeadLetter['state'];

/** What a service's schema holds beside its own tables. */
export interface EventLogTables {
  /** Events of committed transactions, on their way to the log; kept a day after they got there. */
  outbox: {
    seq: Generated<number>;
    id: string;
    key: string;
    type: string;
    /** `{envelope, deliveries}`: the log row's JSON. */
    payload: string;
    traceparent: string | null;
    created_at: Generated<Date>;
    /** The epoch whose log is known to hold it; null while it waits. */
    log_epoch: string | null;
    log_seq: number | null;
    attempts: Generated<number>;
    /** Why the log will never take it: kept aside, so that it holds up nobody. */
    refused: string | null;
  };
  /** Events that a group has handled: a redelivery finds itself here and changes nothing. */
  inbox: { follower_group: string; event_id: string; handled_at: Generated<Date> };
  /** Where each group is, and who may move it. */
  follower: {
    follower_group: string;
    /** Raised by each new holder; whoever still has an older one can commit nothing. */
    fence: Generated<number>;
    /** Everything up to here is handled, parked or held. */
    epoch: string | null;
    seq: Generated<number>;
    /** What lies between `seq` and here may have been begun with. */
    begun_seq: Generated<number>;
    /** The event that is handled with nothing beside it, and how many processes have begun to. */
    delivering_id: string | null;
    deliveries: Generated<number>;
  };
  /**
   * Dead letters: events that a group could not handle, and behind each, in order, the later ones of
   * its key. While a key has any, its new events join them.
   */
  parked: {
    /** Their order. */
    seq: Generated<number>;
    follower_group: string;
    event_id: string;
    type: string;
    key: string;
    state: Generated<DeadLetterState>;
    /** The log row as JSON. */
    row: string;
    traceparent: string | null;
    error: string;
    attempts: number;
    /** Processes that have begun to replay it. */
    deliveries: Generated<number>;
    parked_at: Generated<Date>;
  };
}

export const eventLogMigrations: readonly Migration[] = [
  {
    name: '000-event-log-01-tables',
    up: async (db) => {
      await sql`
        create table outbox (
          seq bigserial primary key,
          id uuid not null unique,
          key text not null,
          type text not null,
          payload jsonb not null,
          traceparent text,
          created_at timestamptz not null default now(),
          log_epoch text,
          log_seq bigint,
          attempts integer not null default 0
        )`.execute(db);
      await sql`create index outbox_waiting on outbox (seq) where log_epoch is null`.execute(db);
      await sql`create index outbox_created on outbox (created_at)`.execute(db);
      await sql`
        create table inbox (
          follower_group text not null,
          event_id text not null,
          handled_at timestamptz not null default now(),
          primary key (follower_group, event_id)
        )`.execute(db);
      await sql`create index inbox_handled on inbox (handled_at)`.execute(db);
      await sql`
        create table follower (
          follower_group text primary key,
          fence bigint not null default 1,
          epoch text,
          seq bigint not null default 0,
          delivering_id text,
          deliveries integer not null default 0
        )`.execute(db);
      await sql`
        create table parked (
          follower_group text not null,
          event_id text not null,
          type text not null,
          key text not null,
          row jsonb not null,
          error text not null,
          attempts integer not null,
          parked_at timestamptz not null default now(),
          primary key (follower_group, event_id)
        )`.execute(db);
    },
  },
  {
    name: '000-event-log-02-lanes-and-dead-letters',
    up: async (db) => {
      await sql`alter table outbox add column refused text`.execute(db);
      await sql`drop index outbox_waiting`.execute(db);
      await sql`
        create index outbox_waiting on outbox (seq)
        where log_epoch is null and refused is null`.execute(db);
      await sql`
        create index outbox_refused on outbox (seq) where refused is not null`.execute(db);
      await sql`alter table follower add column begun_seq bigint not null default 0`.execute(db);
      await sql`
        alter table parked
          add column seq bigserial,
          add column state text not null default 'parked'
            check (state in ('parked', 'held', 'replaying', 'discarding')),
          add column traceparent text,
          add column deliveries integer not null default 0,
          alter column row type json using row::json`.execute(db);
      await sql`create unique index parked_order on parked (follower_group, seq)`.execute(db);
      await sql`create index parked_key on parked (follower_group, key, seq)`.execute(db);
      await sql`
        create index parked_judged on parked (follower_group, key)
        where state in ('replaying', 'discarding')`.execute(db);
    },
  },
];
