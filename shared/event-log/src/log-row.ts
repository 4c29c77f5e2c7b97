import {
  type Delivery,
  definitionOf,
  type EventClass,
  type EventEnvelope,
  isEventType,
  type Position,
} from '@cloudphone/contracts';
import type { StoredLogRow } from '@cloudphone/redis';

/** A row of the log as those who follow it see it. */
export interface LogRow {
  readonly position: Position;
  readonly envelope: EventEnvelope;
  /** What it changes: views built from any of these are dropped. */
  readonly tags: readonly string[];
  /** Who hears it, and what each may see of it. */
  readonly deliveries: readonly Delivery[];
  readonly class: EventClass;
  /** Told once before, to a log that has lost it: nobody is told again. */
  readonly isReplay: boolean;
}

/** The JSON of a log row, for those who append without an outbox. */
export function encodeLogRow(
  envelope: EventEnvelope,
  deliveries: readonly Delivery[] = [],
): string {
  return JSON.stringify({ envelope, deliveries });
}

/**
 * Reads a row. One whose JSON is broken still drops its tags: it comes as an event of the type
 * `log.unreadable`, which reaches nobody. Types that are not registered are carried as facts.
 */
export function decodeLogRow(stored: StoredLogRow, epoch: string): LogRow {
  const { envelope, deliveries } = parsePayload(stored);
  return {
    position: { epoch, seq: stored.seq },
    envelope,
    tags: stored.tags,
    deliveries,
    class: isEventType(envelope.type) ? definitionOf(envelope.type).class : 'fact',
    isReplay: stored.isReplay,
  };
}

export const UNREADABLE_TYPE = 'log.unreadable';

interface Payload {
  readonly envelope: EventEnvelope;
  readonly deliveries: readonly Delivery[];
}

function parsePayload(stored: StoredLogRow): Payload {
  try {
    const { envelope, deliveries } = JSON.parse(stored.json) as Partial<Payload>;
    if (typeof envelope?.type === 'string') return { envelope, deliveries: deliveries ?? [] };
  } catch {
    // Not JSON: told below, as what it is.
  }
  return { envelope: unreadable(stored), deliveries: [] };
}

function unreadable({ id, tags }: StoredLogRow): EventEnvelope {
  return {
    specversion: '1.0',
    id,
    source: '/log',
    type: UNREADABLE_TYPE,
    subject: 'log',
    time: new Date(0).toISOString(),
    datacontenttype: 'application/json',
    dataschema: '/events/log.unreadable',
    data: {},
    tags: tags.join(','),
  };
}
