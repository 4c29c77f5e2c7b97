import type { DomainServiceName } from '@cloudphone/contracts';
import type { EventLogTables, Reaction, Writer } from '@cloudphone/event-log';
import type { Route } from '@cloudphone/http';
import type { Migration, Postgres, Transaction } from '@cloudphone/postgres';
import type { RedisConnection } from '@cloudphone/redis';
import type { Clock, Health, Lifecycle, Logger, Metrics } from '@cloudphone/runtime';
import type { ServiceConfig } from './config.ts';
import type { ReadOnlyDb } from './read-only-db.ts';

/** What a domain service's routes, reactions and work are given. */
export interface ServiceTools<Schema extends EventLogTables> {
  /** For reads. */
  readonly db: ReadOnlyDb<Schema>;
  /** For writes that change what anybody may see: rows and events in one transaction. */
  readonly writer: Writer<Schema>;
  /**
   * The whole database, for rows that no answer ever shows (hashes of refresh tokens, work lists)
   * and for session locks. Everything else goes through `writer`.
   */
  readonly postgres: Postgres<Schema>;
  /** The log's Redis, fail-fast. A service must do its work without it. */
  readonly redis: RedisConnection;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What `/readyz` tells, part by part. */
  readonly health: Health;
  readonly config: ServiceConfig;
}

/** Demo data to write: always the same rows for the same numbers. */
export interface DemoSeeding {
  /** People are `demoPerson(firstPerson)` … `demoPerson(people)`. */
  readonly people: number;
  /**
   * 1 the first time; then the first one that is missing. Rows that belong to no person (staff,
   * catalogue, templates) are written when it is 1.
   */
  readonly firstPerson: number;
  /** Epoch ms that the demo's times count from. */
  readonly nowMs: number;
}

/** A domain service as data; `startDomainService` is the engine that runs it. */
export interface DomainService<Schema extends EventLogTables> {
  readonly name: DomainServiceName;
  /** Its own tables; those of the event log come by themselves. */
  readonly migrations: readonly Migration[];
  readonly routes: (tools: ServiceTools<Schema>) => readonly Route[];
  /** What it does when others publish. */
  readonly reactions?: (tools: ServiceTools<Schema>) => readonly Reaction<Schema>[];
  /**
   * Demo data of some people, before anything is served; called for one slice of them after the
   * other, all in one transaction. Publishes nothing, and need not be repeatable: it runs once for
   * each person.
   */
  readonly seed?: (db: Transaction<Schema>, seeding: DemoSeeding) => Promise<void>;
  /** Whether it is the one that joins the log with RabbitMQ, where that is configured. */
  readonly joinsRabbitmq?: boolean;
  /** Work of its own beside requests; runs after the relay started and before it listens. */
  readonly start?: (tools: ServiceTools<Schema>, lifecycle: Lifecycle) => Promise<void>;
}

/** A service that runs. */
export interface RunningService<Schema extends EventLogTables> {
  /** `http://host:port`, no slash at the end. */
  readonly url: string;
  readonly tools: ServiceTools<Schema>;
}
