import {
  type Delivery,
  definitionOf,
  deliveriesOf,
  type EventEnvelope,
  isEventType,
  type NewEvent,
} from '@cloudphone/contracts';
import type { Transaction } from '@cloudphone/postgres';
import { encodeLogRow } from '../log-row.ts';
import type { EventLogTables } from '../tables.ts';
import { enterOutbox } from '../writer/enter-outbox.ts';

/**
 * Puts events of elsewhere into the outbox, from where the relay carries them like any other: an id
 * that is there already changes nothing, and what a Redis loses is offered to it again.
 */
export async function takeIn(
  tx: Transaction<EventLogTables>,
  envelopes: readonly EventEnvelope[],
): Promise<void> {
  if (envelopes.length === 0) return;
  const rows = envelopes.map((envelope) => ({
    id: envelope.id,
    key: keyOf(envelope),
    type: envelope.type,
    payload: encodeLogRow(envelope, audienceOf(envelope)),
    traceparent: envelope.traceparent ?? null,
  }));
  await enterOutbox(tx, rows, { skipsKnownIds: true });
}

function keyOf({ type, data, subject }: EventEnvelope): string {
  return isEventType(type) ? definitionOf(type).key(data) : subject;
}

/** A type that is not registered has no audience. */
function audienceOf({ type, data }: EventEnvelope): readonly Delivery[] {
  return isEventType(type) ? deliveriesOf({ type, data } as unknown as NewEvent) : [];
}
