import type { Channel } from 'amqplib';

/** Names on the broker. */
export interface Topology {
  /** Topic exchange; an event's routing key is its type. */
  readonly exchange: string;
  readonly deadLetterExchange: string;
  /** What this platform has still to take in. */
  readonly queue: string;
  /** What it could not take in, kept for people to look at. */
  readonly deadLetterQueue: string;
}

export const TOPOLOGY: Topology = {
  exchange: 'cloudphone.events',
  deadLetterExchange: 'cloudphone.dlx',
  queue: 'cloudphone.bff',
  deadLetterQueue: 'cloudphone.bff.dead',
};

/** A message whose taking-in kills its taker as often goes to the dead letters. */
const DELIVERY_LIMIT = 5;

/**
 * Declares what the bridge needs; declaring it again changes nothing. The queue is replicated (a
 * quorum queue), and one consumer at a time keeps the order of messages.
 */
export async function declareTopology(channel: Channel, topology: Topology): Promise<void> {
  const { exchange, deadLetterExchange, queue, deadLetterQueue } = topology;
  await channel.assertExchange(exchange, 'topic', { durable: true });
  await channel.assertExchange(deadLetterExchange, 'topic', { durable: true });
  await channel.assertQueue(deadLetterQueue, {
    durable: true,
    arguments: { 'x-queue-type': 'quorum' },
  });
  await channel.bindQueue(deadLetterQueue, deadLetterExchange, '#');
  await channel.assertQueue(queue, {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      'x-delivery-limit': DELIVERY_LIMIT,
      'x-dead-letter-exchange': deadLetterExchange,
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
      'x-single-active-consumer': true,
    },
  });
  await channel.bindQueue(queue, exchange, '#');
}
