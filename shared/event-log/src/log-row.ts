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
  /** By the clock of the log's Redis, epoch ms; absent when the row does not tell. */
  readonly appendedAtMs?: number;
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
    ...(stored.appendedAtMs > 0 ? { appendedAtMs: stored.appendedAtMs } : {}),
  };
}

const MAX_KEY_LENGTH = 300;

/**
 * What orders an event among others, by the register; its subject where that does not tell. Fit for
 * a column of a table, whatever the event holds.
 */
export function keyOfEnvelope(envelope: EventEnvelope): string {
  return keyByRegister(envelope).replaceAll('\0', '').slice(0, MAX_KEY_LENGTH);
}

function keyByRegister({ type, subject, data }: EventEnvelope): string {
  if (!isEventType(type)) return subject;
  try {
    const key: unknown = definitionOf(type).key(data);
    return typeof key === 'string' ? key : subject;
  } catch {
    return subject; // A body that does not fit its schema.
  }
}

export const UNREADABLE_TYPE = 'log.unreadable';

interface Payload {
  readonly envelope: EventEnvelope;
  readonly deliveries: readonly Delivery[];
}

interface UncheckedPayload {
  readonly envelope?: Partial<EventEnvelope> | null;
  readonly deliveries?: readonly Delivery[];
}

function parsePayload(stored: StoredLogRow): Payload {
  try {
    const { envelope, deliveries } = JSON.parse(stored.json) as UncheckedPayload;
    if (typeof envelope === 'object' && envelope !== null) {
      const named = { id: stored.id, subject: '', ...envelope } as EventEnvelope;
      if ([named.id, named.type, named.subject].every(isName)) {
        return { envelope: named, deliveries: deliveries ?? [] };
      }
    }
  } catch {
    // Not JSON: told below, as what it is.
  }
  return { envelope: unreadable(stored), deliveries: [] };
}

const MAX_NAME_LENGTH = 300;

/** Rows come from outside, too: names end in tables and their indexes. */
function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_NAME_LENGTH && !value.includes('\0');
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
