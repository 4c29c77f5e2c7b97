import { createWriter, type EventLogTables } from '@cloudphone/event-log';
import { createHttpServer } from '@cloudphone/http';
import { connectRedis, giveTimeToConnect } from '@cloudphone/redis';
import {
  type Clock,
  createHealth,
  createLogger,
  createMetrics,
  type Lifecycle,
  systemClock,
} from '@cloudphone/runtime';
import type { ServiceConfig } from './config.ts';
import { eventRoutes } from './event-routes.ts';
import { followAndPublish } from './follow-and-publish.ts';
import { createKeptAnswers, forgetExpiredAnswers } from './idempotency/kept-answers.ts';
import { joinRabbitmq } from './join-rabbitmq.ts';
import { openDatabase } from './open-database.ts';
import { repeatEvery } from './repeat-every.ts';
import type { DomainService, RunningService, ServiceTools } from './service-definition.ts';

/**
 * Runs a domain service until the lifecycle closes: creates its database when missing, migrates,
 * seeds (demo mode), starts relay, follower and its own work, then listens. Resolves when it
 * listens; rejects when PostgreSQL cannot be reached or a migration fails. Redis may be away, now
 * or later: reads are answered, writes commit, their events wait in the outbox.
 */
export async function startDomainService<Schema extends EventLogTables>(
  service: DomainService<Schema>,
  config: ServiceConfig,
  lifecycle: Lifecycle,
  options: { readonly clock?: Clock } = {},
): Promise<RunningService<Schema>> {
  const clock = options.clock ?? systemClock;
  const process = config.process ?? `${service.name}-service`;
  const logger = createLogger({ name: process, level: config.logLevel });
  const metrics = createMetrics({ process, withProcessMetrics: true });
  const health = createHealth();

  const postgres = await openDatabase(service, { config, lifecycle, logger, clock });
  health.addPart('postgres', {
    isRequired: true,
    check: async () => {
      await postgres.ping();
      return { status: 'ok' };
    },
  });

  const redis = connectRedis({ url: config.redisUrl, name: process, manner: 'fail-fast', logger });
  lifecycle.onClose('redis', () => redis.close());
  health.addPart('redis', {
    isRequired: false,
    check: () => ({ status: redis.isReady ? 'ok' : 'down' }),
  });

  const writer = createWriter<Schema>({ postgres, service: service.name, clock });
  const tools: ServiceTools<Schema> = {
    db: postgres.db,
    writer,
    postgres,
    redis,
    clock,
    logger,
    metrics,
    health,
    config,
  };
  const ends = await followAndPublish(service, tools, { lifecycle, health });
  await joinRabbitmq(tools, service, lifecycle);
  await service.start?.(tools, lifecycle);

  const forgetting = { name: 'forget answers', run: () => forgetExpiredAnswers(postgres) };
  repeatEvery(AN_HOUR_MS, forgetting, { clock, logger, lifecycle });

  const server = createHttpServer({
    name: `${service.name}-service`,
    version: SERVICE_VERSION,
    routes: [...service.routes(tools), ...eventRoutes(service, tools, ends)],
    internalSecret: config.internalSecret,
    health,
    metrics,
    logger,
    lifecycle,
    idempotency: createKeptAnswers(postgres),
    clock,
  });
  lifecycle.onClose('http', () => server.close());
  await giveTimeToConnect([redis], REDIS_WAIT_MS);
  const port = await server.listen(config.port, config.host);
  return { url: `http://${config.host}:${port}`, tools };
}

const AN_HOUR_MS = 3_600_000;
const SERVICE_VERSION = '0.1.0';
/** How long a start waits for Redis; it may as well be away. */
const REDIS_WAIT_MS = 1_000;
