import { setFlagsFromString } from 'node:v8';
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
import type { ChannelTable } from './channels/channel.ts';
import { createChannels } from './channels/create-channels.ts';
import type { NotificationConfig } from './config.ts';
import { giveWay } from './give-way.ts';
import { createSendingPorts } from './preferences/sending-ports.ts';
import type { NotificationTables } from './schema.ts';
import { ALL_LANES, type Lane } from './sending/chunk-job.ts';
import { createSending } from './sending/sending.ts';
import { startSending } from './sending/start-sending.ts';
import { waitForTables } from './wait-for-tables.ts';

const URGENT_CONNECTIONS = 4;

/**
 * How far beyond what is in use the heap may grow before it is collected, in per cent. Chosen by V8 it
 * is several times as much, which a worker that makes much and keeps little holds without need.
 */
const HEAP_GROWING_PERCENT = 60;

export interface WorkerOptions {
  /** All of them unless told. What serves the shared one alone gives way to everybody else. */
  readonly lanes?: readonly Lane[];
  /** Tests only: sends through these instead. */
  readonly channels?: ChannelTable;
}

/**
 * A process that sends campaigns, beside the service that accepts them; any number may run. What it
 * publishes goes to the service's outbox, in the same database. It answers health and metrics only.
 */
export async function startNotificationWorker(
  config: NotificationConfig,
  lifecycle: Lifecycle,
  { lanes = ALL_LANES, channels: channelsOfTest }: WorkerOptions = {},
): Promise<{ readonly url: string }> {
  // Nobody waits for a bulk message as people wait for a screen, or for what is urgent.
  if (!lanes.includes('urgent')) giveWay();
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
  const name = config.process ?? 'notification-worker';
  const logger = createLogger({ name, level: config.logLevel });
  const metrics = createMetrics({ process: name, withProcessMetrics: true });
  const health = createHealth();
  const clock = systemClock;

  await ensureDatabase(config.databaseUrl);
  const postgres = connectPostgres<NotificationTables>({ url: config.databaseUrl, name, logger });
  lifecycle.onClose('postgres', () => postgres.close());
  const urgentPostgres = connectPostgres<NotificationTables>({
    url: config.databaseUrl,
    name: `${name} urgent`,
    poolSize: URGENT_CONNECTIONS,
    logger,
  });
  lifecycle.onClose('urgent postgres', () => urgentPostgres.close());
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
  const channels = channelsOfTest ?? createChannels(config, { db, writer, clock, lifecycle });
  const ports = createSendingPorts({ db, writer, clock });
  const sending = createSending({
    ...{ db, writer, redis, channels, ports, clock, logger, lifecycle },
    ...(config.sendingLeaseMs !== undefined && { leaseMs: config.sendingLeaseMs }),
  });
  const urgentDb = urgentPostgres.db;
  const urgent = { db: urgentDb, ports: createSendingPorts({ db: urgentDb, writer, clock }) };
  startSending(sending, { lanes, patientRedis, redis, urgent, metrics, lifecycle });

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
