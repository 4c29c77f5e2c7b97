import { buildEnvelope, definitionOf, deliveriesOf, type NewEvent } from '@cloudphone/contracts';
import type { Transaction } from '@cloudphone/postgres';
import { type Clock, currentRequestContext, timeOrderedId } from '@cloudphone/runtime';
import { encodeLogRow } from '../log-row.ts';
import type { EventLogTables } from '../tables.ts';
import { enterOutbox } from './enter-outbox.ts';

/**
 * Puts events into the outbox, as the last statement of their transaction, so that those of one key
 * are numbered in the order in which their transactions commit. Throws a ZodError for data that does
 * not fit its event. Returns their ids.
 */
export async function publishEvents(
  tx: Transaction<EventLogTables>,
  events: readonly NewEvent[],
  options: { readonly service: string; readonly clock: Clock },
): Promise<readonly string[]> {
  if (events.length === 0) return [];
  const rows = events.map((event) => outboxRow(event, options));
  await enterOutbox(tx, rows);
  return rows.map((row) => row.id);
}

function outboxRow(event: NewEvent, { service, clock }: { service: string; clock: Clock }) {
  const { traceparent, actorId } = currentRequestContext() ?? {};
  const nowMs = clock.now();
  const envelope = buildEnvelope(event, {
    id: timeOrderedId(nowMs),
    service,
    time: new Date(nowMs),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(actorId === undefined ? {} : { actorId }),
  });
  return {
    id: envelope.id,
    key: definitionOf(event.type).key(envelope.data),
    type: event.type,
    payload: encodeLogRow(envelope, deliveriesOf(event)),
    traceparent: traceparent ?? null,
  };
}
