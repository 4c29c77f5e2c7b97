import { createWriter } from '@cloudphone/event-log';
import { createHttpServer } from '@cloudphone/http';
import { connectPostgres, ensureDatabase } from '@cloudphone/postgres';
import { connectRedis } from '@cloudphone/redis';
import {
  createHealth,
  createLogger,
  createMetrics,
  type Lifecycle,
  systemClock,
} from '@cloudphone/runtime';
import { createChannels } from './channels/create-channels.ts';
import type { NotificationConfig } from './config.ts';
import type { NotificationTables } from './schema.ts';
import { createSending } from './sending/sending.ts';
import { startSending } from './sending/start-sending.ts';
import { waitForTables } from './wait-for-tables.ts';

/**
 * A process that sends campaigns, beside the service that accepts them; any number may run. What it
 * publishes goes to the service's outbox, in the same database. It answers health and metrics only.
 */
export async function startNotificationWorker(
  config: NotificationConfig,
  lifecycle: Lifecycle,
): Promise<{ readonly url: string }> {
  const name = config.process ?? 'notification-worker';
  const logger = createLogger({ name, level: config.logLevel });
  const metrics = createMetrics({ process: name, withProcessMetrics: true });
  const health = createHealth();
  const clock = systemClock;

  await ensureDatabase(config.databaseUrl);
  const postgres = connectPostgres<NotificationTables>({ url: config.databaseUrl, name, logger });
  lifecycle.onClose('postgres', () => postgres.close());
  await waitForTables(postgres, clock);
  health.addPart('postgres', {
    isRequired: true,
    check: async () => {
      await postgres.ping();
      return { status: 'ok' };
    },
  });

  const redis = connectRedis({
    url: config.jobsRedisUrl,
    name,
    manner: 'fail-fast',
    // Nobody waits here, and a claim whose answer is not awaited is lost until its lease ends.
    commandTimeoutMs: 5_000,
    logger,
  });
  lifecycle.onClose('redis', () => redis.close());
  const patientRedis = redis.duplicate({ name: `${name} queue`, manner: 'patient' });
  lifecycle.onClose('queue redis', () => patientRedis.close());
  health.addPart('redis', {
    isRequired: true,
    check: () => ({ status: redis.isReady ? 'ok' : 'down' }),
  });

  const { db } = postgres;
  const writer = createWriter<NotificationTables>({ postgres, service: 'notification', clock });
  const channels = createChannels(config, { db, writer, clock, lifecycle });
  const sending = createSending({ db, writer, redis, channels, clock, logger, lifecycle });
  startSending(sending, { patientRedis, redis, metrics, lifecycle });

  const server = createHttpServer({
    name: 'notification-worker',
    version: '0.1.0',
    routes: [],
    internalSecret: config.internalSecret,
    health,
    metrics,
    logger,
    lifecycle,
  });
  lifecycle.onClose('http', () => server.close());
  const port = await server.listen(config.port, config.host);
  return { url: `http://${config.host}:${port}` };
}
