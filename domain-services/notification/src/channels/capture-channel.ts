import type { ChannelKind } from '@cloudphone/contracts';
import type { Insertable, Kysely, Transaction } from '@cloudphone/postgres';
import type { Clock } from '@cloudphone/runtime';
import { holdPeople } from '../contacts/hold-people.ts';
import type { CapturedMessageTable, NotificationTables } from '../schema.ts';
import type { RenderedMessage } from '../templates/rendered-template.ts';
import { type Channel, GONE, OUT_OF_TIME, type Outcome, type OutgoingMessage } from './channel.ts';

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
      const gone =
        rows.length === 0 ? NOBODY : await db.transaction().execute((tx) => keep(tx, rows));
      return messages.map((message) => {
        if (addressOf(message) === undefined) return NO_CONTACT;
        return gone.has(message.contact.userId) ? GONE : SENT;
      });
    },
    close: async () => undefined,
  };
}

/** Answers who was deleted meanwhile: for them nothing is kept. */
async function keep(
  tx: Transaction<NotificationTables>,
  rows: readonly Insertable<CapturedMessageTable>[],
): Promise<ReadonlySet<string>> {
  const gone = await holdPeople(
    tx,
    rows.map(({ user_id: userId }) => userId),
  );
  const kept = rows.filter(({ user_id: userId }) => !gone.has(userId));
  if (kept.length > 0) {
    await tx
      .insertInto('captured_messages')
      .values(kept)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
  }
  return gone;
}

const NOBODY: ReadonlySet<string> = new Set();
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
