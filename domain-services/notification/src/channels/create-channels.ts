import type { ChannelKind } from '@cloudphone/contracts';
import type { Writer } from '@cloudphone/event-log';
import type { Kysely } from '@cloudphone/postgres';
import type { Clock, Lifecycle } from '@cloudphone/runtime';
import { createUnsubscribeLinks } from '../preferences/unsubscribe-links.ts';
import type { NotificationTables } from '../schema.ts';
import { findSettings } from '../settings/find-settings.ts';
import { createCaptureChannel } from './capture-channel.ts';
import type { Channel, ChannelTable, OutgoingMessage } from './channel.ts';
import { createPushChannel, type PushKeys } from './push-channel.ts';
import type { PushHosts } from './push-endpoints.ts';
import { createSmsChannel } from './sms-channel.ts';
import { createSmtpChannel } from './smtp-channel.ts';
import { createWebsocketChannel } from './websocket-channel.ts';

export interface ChannelConfig {
  /** Absent: e-mail is captured instead of sent. */
  readonly smtpUrl?: string;
  readonly emailSender: string;
  /** Absent: text messages are captured instead of sent. */
  readonly smsUrl?: string;
  readonly smsSender: string;
  /** Whether the gateway tells repeats by `Idempotency-Key`. */
  readonly doesSmsTakeKey: boolean;
  /** Absent: push messages are captured instead of sent. */
  readonly pushKeys?: PushKeys;
  readonly pushHosts: PushHosts;
  /** What each provider takes a second, of all processes together, in its units. */
  readonly perSecond: Readonly<Partial<Record<ChannelKind, number>>>;
  /** Where the user app lives: links in mails begin with it. */
  readonly publicOrigin: string;
  /** Signs the links that end messages. */
  readonly linkSecret: string;
}

/** The channels of this installation: in-app always; the others by their provider, or captured. */
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
  const links = createUnsubscribeLinks(config);
  const unsubscribeUrlOf = (message: OutgoingMessage) => links.urlFor(message, 'email');
  const capture = (
    kind: ChannelKind,
    addressOf: (message: OutgoingMessage) => string | undefined,
  ) =>
    createCaptureChannel({
      ...{ kind, db, clock, addressOf },
      ...(kind === 'email' ? { unsubscribeUrlOf } : {}),
    });
  const limitOf = (kind: ChannelKind) => {
    const perSecond = config.perSecond[kind];
    return perSecond === undefined ? {} : { perSecond };
  };

  const email: Channel =
    config.smtpUrl === undefined
      ? capture('email', ({ contact }) => contact.email ?? undefined)
      : createSmtpChannel({
          url: config.smtpUrl,
          sender: config.emailSender,
          senderName: async () => (await findSettings(db)).senderName,
          unsubscribeUrlOf,
          ...limitOf('email'),
        });
  const sms: Channel =
    config.smsUrl === undefined
      ? capture('sms', ({ contact }) => contact.phone ?? undefined)
      : createSmsChannel({
          url: config.smsUrl,
          sender: config.smsSender,
          takesKey: config.doesSmsTakeKey,
          ...limitOf('sms'),
        });
  const push: Channel =
    config.pushKeys === undefined
      ? capture('push', ({ contact }) => `browsers of ${contact.userId}`)
      : createPushChannel({
          ...{ keys: config.pushKeys, hosts: config.pushHosts, db, clock },
          ...limitOf('push'),
        });
  const websocket = createWebsocketChannel(options);
  for (const channel of [email, sms, push, websocket]) {
    lifecycle.onClose(`${channel.kind} channel`, () => channel.close());
  }
  return { email, sms, push, websocket };
}
