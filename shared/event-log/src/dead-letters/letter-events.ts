import { definitionOf, type EventEnvelope, type NewEvent } from '@cloudphone/contracts';
import type { ErrorCodeName } from '@cloudphone/errors';

interface Letter {
  readonly service: string;
  readonly envelope: EventEnvelope;
  readonly key: string;
  readonly nowMs: number;
}

/** Told when an event is parked, and of each that is held behind it. */
export function letterParked(
  letter: Letter,
  failure: { readonly code: ErrorCodeName; readonly attempts: number },
): NewEvent[] {
  return tellable('system.dead_letter', letter, failure);
}

/** Told when a dead letter is none any more. */
export function letterSettled(letter: Letter, outcome: 'handled' | 'discarded'): NewEvent[] {
  return tellable('system.dead_letter_settled', letter, { outcome });
}

/**
 * Nothing is told of letters that are about letters: whoever fails at every event would be told of
 * each failure, without end. Nor of what does not fit the register, as events from outside may not.
 */
function tellable(
  type: 'system.dead_letter' | 'system.dead_letter_settled',
  { service, envelope, key, nowMs }: Letter,
  more: Readonly<Record<string, unknown>>,
): NewEvent[] {
  if (envelope.type.startsWith('system.dead_letter')) return [];
  const data = {
    service,
    eventId: envelope.id,
    eventType: envelope.type,
    eventKey: key,
    at: new Date(nowMs).toISOString(),
    ...more,
  };
  const read = definitionOf(type).data.safeParse(data);
  return read.success ? [{ type, data: read.data } as NewEvent] : [];
}
