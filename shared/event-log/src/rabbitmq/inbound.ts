import type { EventEnvelope } from '@cloudphone/contracts';
import { isAppError } from '@cloudphone/errors';
import {
  isTransientFailure,
  type Kysely,
  type Postgres,
  type Transaction,
} from '@cloudphone/postgres';
import type { Clock, Logger } from '@cloudphone/runtime';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { createBackoff } from '../backoff.ts';
import type { EventLogTables } from '../tables.ts';
import { createTellRelay } from '../writer/tell-relay.ts';
import { OWN_APP_ID } from './outbound.ts';
import { readMessage } from './read-message.ts';
import { takeIn } from './take-in.ts';
import { declareTopology, type Topology } from './topology.ts';

/** As many messages are held unanswered, and taken in by one transaction. */
const HELD_MESSAGES = 100;

export interface InboundOptions<Schema extends EventLogTables> {
  readonly postgres: Postgres<Schema>;
  readonly topology: Topology;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly count: (outcome: 'taken' | 'refused') => void;
}

/**
 * Takes in what others publish: a message is acknowledged when its event is committed to the
 * outbox. What can never be taken in is refused, which leads to the dead-letter exchange. While the
 * database is away messages are held, not refused. Call `consume` for every new connection.
 */
export function createInbound<Schema extends EventLogTables>(options: InboundOptions<Schema>) {
  const { postgres, topology, logger, clock, count } = options;
  const tellRelay = createTellRelay(postgres.db as unknown as Kysely<EventLogTables>);
  const backoff = createBackoff({ clock, logger, what: 'taking in events from RabbitMQ' });
  const closing = new AbortController();

  const store = async (envelopes: readonly EventEnvelope[]): Promise<void> => {
    await postgres.db
      .transaction()
      .execute((tx) => takeIn(tx as unknown as Transaction<EventLogTables>, envelopes));
    tellRelay();
  };

  const refuse = (channel: Channel, message: ConsumeMessage, err: unknown): void => {
    const { routingKey } = message.fields;
    logger.warn({ err, routingKey, id: message.properties.messageId }, 'a message was refused');
    count('refused');
    channel.nack(message, false, false);
  };

  const readOrRefuse = (channel: Channel, message: ConsumeMessage): EventEnvelope | undefined => {
    const { messageId, appId, timestamp } = message.properties;
    const sentAtMs = typeof timestamp === 'number' ? timestamp * 1_000 : undefined;
    const { content } = message;
    const { routingKey } = message.fields;
    try {
      return readMessage({ content, routingKey, messageId, appId, sentAtMs }, clock.now());
    } catch (err) {
      if (!isAppError(err, 'invalid_input')) throw err;
      refuse(channel, message, err);
      return undefined;
    }
  };

  /** One by one: of a batch that the database refuses, only the event it refuses is lost to it. */
  const storeEach = async (
    channel: Channel,
    batch: readonly { message: ConsumeMessage; envelope: EventEnvelope }[],
  ): Promise<void> => {
    for (const { message, envelope } of batch) {
      try {
        await store([envelope]);
        accept(channel, message);
      } catch (err) {
        if (isTransientFailure(err)) throw err;
        refuse(channel, message, err);
      }
    }
  };

  const accept = (channel: Channel, message: ConsumeMessage): void => {
    channel.ack(message);
    count('taken');
  };

  const takeBatch = async (
    channel: Channel,
    messages: readonly ConsumeMessage[],
  ): Promise<void> => {
    const batch = messages.flatMap((message) => {
      const envelope = readOrRefuse(channel, message);
      return envelope === undefined ? [] : [{ message, envelope }];
    });
    if (batch.length === 0) return;
    try {
      await store(batch.map(({ envelope }) => envelope));
    } catch (err) {
      if (isTransientFailure(err)) throw err;
      return storeEach(channel, batch);
    }
    for (const { message } of batch) accept(channel, message);
  };

  const consume = async (model: ChannelModel): Promise<void> => {
    const channel = await model.createChannel();
    channel.on('error', (err) => logger.warn({ err }, 'RabbitMQ closed a channel'));
    let isOpen = true;
    // A channel that the broker closed takes its connection along: the next one begins anew.
    channel.once('close', () => {
      isOpen = false;
      model.close().catch(() => undefined);
    });
    await channel.prefetch(HELD_MESSAGES);
    await declareTopology(channel, topology);

    let waiting: ConsumeMessage[] = [];
    let isTaking = false;
    const takeAll = async (): Promise<void> => {
      while (waiting.length > 0 && isOpen && !closing.signal.aborted) {
        const messages = waiting;
        waiting = [];
        try {
          await takeBatch(channel, messages);
          backoff.succeeded();
        } catch (err) {
          // What is not acknowledged when a channel closes is delivered again by the next one.
          if (!isOpen) return;
          waiting = [...messages, ...waiting];
          await backoff.failed(err, closing.signal);
        }
      }
    };
    await channel.consume(topology.queue, (message) => {
      if (message === null) return;
      if (message.properties.appId === OWN_APP_ID) return channel.ack(message);
      waiting.push(message);
      if (isTaking) return;
      isTaking = true;
      void takeAll().finally(() => {
        isTaking = false;
      });
    });
  };

  return { consume, close: () => closing.abort() };
}
