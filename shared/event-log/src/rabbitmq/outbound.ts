import type { EventEnvelope } from '@cloudphone/contracts';
import { upstreamUnavailable } from '@cloudphone/errors';
import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { VIA_RABBITMQ } from './read-message.ts';
import type { Topology } from './topology.ts';

/** Says which messages are ours: those are not taken in again. */
export const OWN_APP_ID = 'cloudphone-bff';

const CONFIRM_WITHIN_MS = 5_000;

/**
 * Publishes events of the log for others, each under its id, and resolves when the broker has it.
 * An event that came from the broker is not sent back. Rejects with upstream_unavailable while the
 * broker is away or does not confirm in time; then it may be there all the same, and sending it
 * again is what its id is for. Call `open` for every new connection.
 */
export function createOutbound(topology: Topology) {
  let channel: ConfirmChannel | undefined;

  const open = async (model: ChannelModel): Promise<void> => {
    const opened = await model.createConfirmChannel();
    opened.once('close', () => {
      if (channel === opened) channel = undefined;
    });
    opened.on('error', () => undefined);
    channel = opened;
  };

  const send = (envelope: EventEnvelope): Promise<void> => {
    if (envelope.via === VIA_RABBITMQ) return Promise.resolve();
    const open = channel;
    if (open === undefined) return Promise.reject(upstreamUnavailable('rabbitmq', 'not connected'));
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown) =>
        reject(upstreamUnavailable('rabbitmq', 'did not take an event', { cause }));
      const timer = setTimeout(() => fail(undefined), CONFIRM_WITHIN_MS);
      const closed = () => settle(new Error('the channel was closed'));
      const settle = (err: unknown) => {
        clearTimeout(timer);
        open.removeListener('close', closed);
        if (err === null || err === undefined) resolve();
        else fail(err);
      };
      open.once('close', closed);
      open.publish(
        topology.exchange,
        envelope.type,
        Buffer.from(JSON.stringify(envelope)),
        {
          messageId: envelope.id,
          appId: OWN_APP_ID,
          type: envelope.type,
          contentType: 'application/cloudevents+json',
          persistent: true,
          timestamp: Math.floor(Date.parse(envelope.time) / 1_000),
        },
        settle,
      );
    });
  };

  return { open, send };
}
