import type { Writer } from '@cloudphone/event-log';
import type { Kysely } from '@cloudphone/postgres';
import type { Clock, Lifecycle } from '@cloudphone/runtime';
import type { NotificationTables } from '../schema.ts';
import { createCaptureChannel } from './capture-channel.ts';
import type { Channel, ChannelTable } from './channel.ts';
import { createSmtpChannel } from './smtp-channel.ts';
import { createWebsocketChannel } from './websocket-channel.ts';

export interface ChannelConfig {
  /** Absent: e-mail is captured instead of sent. */
  readonly smtpUrl?: string;
  readonly emailSender: string;
}

/** The channels that this installation has: in-app always, e-mail by SMTP or captured. */
export function createChannels(
  config: ChannelConfig,
  options: {
    readonly db: Kysely<NotificationTables>;
    readonly writer: Writer<NotificationTables>;
    readonly clock: Clock;
    readonly lifecycle: Lifecycle;
  },
): ChannelTable {
  const { db, clock, lifecycle } = options;
  const email: Channel =
    config.smtpUrl === undefined
      ? createCaptureChannel({
          kind: 'email',
          db,
          clock,
          addressOf: ({ contact }) => contact.email ?? undefined,
        })
      : createSmtpChannel({ url: config.smtpUrl, sender: config.emailSender });
  const websocket = createWebsocketChannel(options);
  for (const channel of [email, websocket]) {
    lifecycle.onClose(`${channel.kind} channel`, () => channel.close());
  }
  return { email, websocket };
}
