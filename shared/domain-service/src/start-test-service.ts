import { type EventEnvelope, HEADERS, type Identity, SYSTEM_IDENTITY } from '@cloudphone/contracts';
import type { EventLogTables } from '@cloudphone/event-log';
import { signIdentity } from '@cloudphone/http';
import type { Postgres } from '@cloudphone/postgres';
import { type Clock, createLifecycle, silentLogger, systemClock } from '@cloudphone/runtime';
import type { ServiceConfig } from './config.ts';
import type { DomainService, RunningService } from './service-definition.ts';
import { startDomainService } from './start-domain-service.ts';

/** A service that a test runs inside its own process. */
export interface TestService<Schema extends EventLogTables> extends RunningService<Schema> {
  /** The header of a call made on somebody's behalf; on the platform's own unless told. */
  as(identity?: Identity): Record<string, string>;
  /** Everything it has published, in order; only the events named when ids are given. */
  published(eventIds?: readonly string[]): Promise<EventEnvelope[]>;
  close(): Promise<void>;
}

/**
 * Tests only: a domain service on real engines, with few demo people, on any free port, exactly as
 * `startDomainService` runs it.
 */
export async function startTestService<Schema extends EventLogTables>(
  service: DomainService<Schema>,
  engines: {
    readonly databaseUrl: string;
    readonly redisUrl: string;
    /** The machine's unless given. */
    readonly clock?: Clock;
  },
  changes: Partial<ServiceConfig> = {},
): Promise<TestService<Schema>> {
  const { databaseUrl, redisUrl, clock = systemClock } = engines;
  const config: ServiceConfig = {
    host: '127.0.0.1',
    port: 0,
    databaseUrl,
    redisUrl,
    internalSecret: 'the secret of tests',
    isDemo: true,
    seedPeople: 3,
    logLevel: 'silent',
    ...changes,
  };
  const lifecycle = createLifecycle(silentLogger);
  const running = await startDomainService(service, config, lifecycle, { clock }).catch(
    async (err: unknown) => {
      await lifecycle.close();
      throw err;
    },
  );
  const signing = { secret: config.internalSecret, clock };
  return {
    ...running,
    as: (identity = SYSTEM_IDENTITY) => ({
      [HEADERS.internalIdentity]: signIdentity(identity, signing),
    }),
    published: async (eventIds) => {
      const outbox = running.tools.postgres as unknown as Postgres<EventLogTables>;
      const rows = await outbox.db
        .selectFrom('outbox')
        .select(['id', 'payload'])
        .orderBy('seq')
        .execute();
      return rows
        .filter(({ id }) => eventIds?.includes(id) ?? true)
        .map(({ payload }) => (payload as unknown as { envelope: EventEnvelope }).envelope);
    },
    close: () => lifecycle.close(),
  };
}
