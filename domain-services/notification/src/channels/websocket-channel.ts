import type { Writer } from '@cloudphone/event-log';
import { unchanged } from '@cloudphone/event-log';
import type { Clock } from '@cloudphone/runtime';
import { holdPeople } from '../contacts/hold-people.ts';
import { presentNotification } from '../inbox/present-notification.ts';
import type { NotificationTables } from '../schema.ts';
import { type Channel, GONE, OUT_OF_TIME, type Outcome, type OutgoingMessage } from './channel.ts';

const SENT: Outcome = { kind: 'sent' };

/**
 * In-app messages: an inbox row and its event, which sockets hear, in one transaction. The row's id
 * is the message's key, so a repeat finds the row and tells nobody again.
 */
export function createWebsocketChannel(options: {
  readonly writer: Writer<NotificationTables>;
  readonly clock: Clock;
}): Channel {
  const { writer, clock } = options;
  return {
    kind: 'websocket',
    isRepeatable: true,
    provider: 'inbox',
    unit: 'messages',
    sendTimeoutMs: 5_000,
    send: async (messages, mayBegin) => {
      if (messages.length === 0) return [];
      if (!mayBegin()) return messages.map(() => OUT_OF_TIME);
      const rows = messages.map((message) => inboxRow(message, new Date(clock.now())));
      const { result: gone } = await writer.write(async (tx) => {
        const deleted = await holdPeople(
          tx,
          rows.map(({ user_id: userId }) => userId),
        );
        const kept = rows.filter(({ user_id: userId }) => !deleted.has(userId));
        if (kept.length === 0) return unchanged(deleted);
        const created = await tx
          .insertInto('notifications')
          .values(kept)
          .onConflict((conflict) => conflict.column('id').doNothing())
          .returningAll()
          .execute();
        const [first, ...rest] = created.map(
          (row) => ({ type: 'notification.created', data: presentNotification(row) }) as const,
        );
        return first === undefined
          ? unchanged(deleted)
          : { result: deleted, events: [first, ...rest] };
      });
      return messages.map(({ contact }) => (gone.has(contact.userId) ? GONE : SENT));
    },
    close: async () => undefined,
  };
}

function inboxRow({ key, batchId, type, contact, content }: OutgoingMessage, now: Date) {
  return {
    id: key,
    user_id: contact.userId,
    type,
    title: content.title,
    body: content.body,
    batch_id: batchId,
    read_at: null,
    created_at: now,
  };
}
