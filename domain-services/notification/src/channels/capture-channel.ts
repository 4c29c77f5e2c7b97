import type { ChannelKind } from '@cloudphone/contracts';
import type { Kysely } from '@cloudphone/postgres';
import type { Clock } from '@cloudphone/runtime';
import type { NotificationTables } from '../schema.ts';
import type { RenderedMessage } from '../templates/rendered-template.ts';
import { type Channel, OUT_OF_TIME, type Outcome, type OutgoingMessage } from './channel.ts';

/**
 * Keeps messages in a table instead of sending them: what stands in for a provider until one is
 * configured. Takes an idempotency key as a good provider does: the same key is one message.
 */
export function createCaptureChannel(options: {
  readonly kind: ChannelKind;
  readonly db: Kysely<NotificationTables>;
  readonly clock: Clock;
  /** Undefined: this person cannot be reached so. */
  readonly addressOf: (message: OutgoingMessage) => string | undefined;
  readonly unsubscribeUrlOf?: (message: OutgoingMessage) => string | undefined;
}): Channel {
  const { kind, db, clock, addressOf, unsubscribeUrlOf } = options;
  return {
    kind,
    isRepeatable: true,
    provider: 'capture',
    unit: 'messages',
    sendTimeoutMs: 5_000,
    send: async (messages, mayBegin) => {
      if (!mayBegin()) return messages.map(() => OUT_OF_TIME);
      const rows = messages.flatMap((message) => {
        const address = addressOf(message);
        if (address === undefined) return [];
        const unsubscribeUrl = unsubscribeUrlOf?.(message) ?? null;
        return [{ ...capturedRow(message, kind, address, clock), unsubscribe_url: unsubscribeUrl }];
      });
      if (rows.length > 0) {
        await db
          .insertInto('captured_messages')
          .values(rows)
          .onConflict((conflict) => conflict.column('id').doNothing())
          .execute();
      }
      return messages.map((message) => (addressOf(message) === undefined ? NO_CONTACT : SENT));
    },
    close: async () => undefined,
  };
}

const SENT: Outcome = { kind: 'sent' };
export const NO_CONTACT: Outcome = {
  kind: 'skipped',
  code: 'no_contact',
  detail: 'no address is known for this channel',
};

function capturedRow(
  { key, batchId, contact, content }: OutgoingMessage,
  kind: ChannelKind,
  address: string,
  clock: Clock,
) {
  return {
    id: key,
    channel: kind,
    address,
    title: content.title,
    body: textFor(kind, content),
    html: content.emailHtml ?? null,
    user_id: contact.userId,
    batch_id: batchId,
    captured_at: new Date(clock.now()),
  };
}

function textFor(kind: ChannelKind, content: RenderedMessage): string {
  if (kind === 'sms') return content.smsText ?? content.body;
  if (kind === 'push') return content.pushText ?? content.body;
  return content.body;
}
