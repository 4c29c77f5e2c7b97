import { type EventLogTables, eventLogMigrations } from '@cloudphone/event-log';
import { connectPostgres, ensureDatabase, migrate, type Postgres } from '@cloudphone/postgres';
import type { Clock, Lifecycle, Logger } from '@cloudphone/runtime';
import type { ServiceConfig } from './config.ts';
import { demoSeedMigration, seedDemo } from './demo/seed-demo.ts';
import { keptAnswersMigration } from './idempotency/kept-answers.ts';
import type { DomainService } from './service-definition.ts';

/**
 * The service's own database, ready to be served from: created when missing, migrated (the event
 * log's tables live beside the service's own, so that both commit together) and seeded.
 */
export async function openDatabase<Schema extends EventLogTables>(
  service: DomainService<Schema>,
  options: {
    readonly config: ServiceConfig;
    readonly lifecycle: Lifecycle;
    readonly logger: Logger;
    readonly clock: Clock;
  },
): Promise<Postgres<Schema>> {
  const { config, lifecycle, logger, clock } = options;
  const { databaseUrl, databaseListenUrl } = config;
  await ensureDatabase(databaseListenUrl ?? databaseUrl);
  const postgres = connectPostgres<Schema>({
    url: databaseUrl,
    ...(databaseListenUrl === undefined ? {} : { sessionUrl: databaseListenUrl }),
    name: `${service.name}-service`,
    logger,
  });
  lifecycle.onClose('postgres', () => postgres.close());
  await migrate(postgres, [
    ...eventLogMigrations,
    demoSeedMigration,
    keptAnswersMigration,
    ...service.migrations,
  ]);
  const people = config.isDemo ? config.seedPeople : 0;
  await seedDemo(postgres, service, { people, clock, logger });
  return postgres;
}
