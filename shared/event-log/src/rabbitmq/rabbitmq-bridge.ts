import type { EventEnvelope } from '@cloudphone/contracts';
import type { Postgres } from '@cloudphone/postgres';
import type { Clock, Logger, Metrics } from '@cloudphone/runtime';
import { type ChannelModel, connect } from 'amqplib';
import type { EventLogTables } from '../tables.ts';
import { createInbound } from './inbound.ts';
import { createOutbound } from './outbound.ts';
import { TOPOLOGY, type Topology } from './topology.ts';

/** A platform's RabbitMQ and the log, joined both ways. */
export interface RabbitmqBridge {
  /**
   * Publishes an event to the exchange `cloudphone.events`; resolves when the broker confirmed it.
   * Rejects with upstream_unavailable, which is to be tried again.
   */
  send(envelope: EventEnvelope): Promise<void>;
  /** Whether the broker is connected at the moment. */
  isConnected(): boolean;
  close(): Promise<void>;
}

/**
 * Takes in what others publish to `cloudphone.events`, through this service's outbox, and offers to
 * publish there. Returns at once; a broker that is away is waited for, now and later, and nothing
 * is lost: what it holds it keeps, and `send` says that it could not.
 */
export async function createRabbitmqBridge<Schema extends EventLogTables>(options: {
  /** `amqp://user:password@host:port/vhost`, or `amqps://`. */
  readonly url: string;
  /** The database of the service that hosts the bridge. */
  readonly postgres: Postgres<Schema>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Other names than those that the platform agreed on (tests). */
  readonly topology?: Topology;
}): Promise<RabbitmqBridge> {
  const { url, postgres, logger, metrics, clock, topology = TOPOLOGY } = options;
  const messages = metrics.counter({
    name: 'cloudphone_rabbitmq_messages_total',
    help: 'Messages of RabbitMQ that were taken in, refused or sent.',
    labels: ['outcome'],
  });
  const setConnected = metrics.gauge({
    name: 'cloudphone_rabbitmq_connected',
    help: '1 while the bridge is joined with RabbitMQ.',
  });
  setConnected(0);
  const count = (outcome: string) => messages({ outcome });
  const inbound = createInbound({ postgres, topology, logger, clock, count });
  const outbound = createOutbound(topology);
  let isConnected = false;

  const connection = await connect(withHeartbeat(url), {
    clientProperties: { connection_name: 'cloudphone bridge' },
    recovery: {
      maxDelay: 5_000,
      waitForConnect: false,
      setup: async (model: ChannelModel) => {
        // Until it is set up nobody else listens, and an error that nobody hears ends the process.
        model.on('error', (err) => logger.debug({ err }, 'RabbitMQ'));
        await inbound.consume(model);
        await outbound.open(model);
      },
    },
  });
  connection.on('connect', () => {
    isConnected = true;
    setConnected(1);
    logger.info({}, 'joined with RabbitMQ');
  });
  connection.on('disconnect', (err) => {
    isConnected = false;
    setConnected(0);
    logger.warn({ err }, 'RabbitMQ is away; waiting for it');
  });
  connection.on('connect-failed', (err) => logger.warn({ err }, 'RabbitMQ cannot be joined'));
  connection.on('error', (err) => logger.warn({ err }, 'RabbitMQ'));

  return {
    send: async (envelope) => {
      await outbound.send(envelope);
      count('sent');
    },
    isConnected: () => isConnected,
    close: async () => {
      inbound.close();
      await connection.close();
    },
  };
}

/** Seconds; a connection that is silent for two of them is given up. */
const HEARTBEAT = '10';

function withHeartbeat(url: string): string {
  const address = new URL(url);
  if (!address.searchParams.has('heartbeat')) address.searchParams.set('heartbeat', HEARTBEAT);
  return address.href;
}
