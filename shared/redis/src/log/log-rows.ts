import type { LogPosition } from './log-clock.ts';

/** What is appended. Positions and epochs are the log's to give. */
export interface NewLogRow {
  /** Appending an id again within a day changes nothing. */
  readonly id: string;
  /** What it changes; a tag holds no comma. */
  readonly tags: readonly string[];
  /** Opaque here. */
  readonly json: string;
  /** Appended once before, to a log that has lost it. */
  readonly isReplay?: boolean;
  /**
   * Where it comes from, when that numbers its rows: then remembering it takes six bytes instead of
   * a hundred. A number belongs to one row of its source.
   */
  readonly outbox?: { readonly source: string; readonly seq: number };
}

/** Longest row: a larger one would hold up everybody's readers. */
export const MAX_ROW_BYTES = 1_000_000;

/** Why the log will never take the row, however often it is offered; undefined for a good one. */
export function refusalOf({ id, tags, json }: NewLogRow): string | undefined {
  if (id === '') return 'it has no id';
  if (tags.some((tag) => tag === '' || tag.includes(','))) {
    return 'it has a tag that is empty or holds a comma';
  }
  const bytes = Buffer.byteLength(json);
  return bytes > MAX_ROW_BYTES ? `it has ${bytes} bytes, more than ${MAX_ROW_BYTES}` : undefined;
}

export interface AppendedRow {
  /** Of a duplicate: the place that it has had, and the epoch that it was appended under. */
  readonly position: LogPosition;
  readonly isDuplicate: boolean;
}

export interface StoredLogRow {
  readonly seq: number;
  /** The epoch that it was appended under; it belongs to later epochs too (see LogClock.base). */
  readonly epoch: string;
  readonly id: string;
  readonly tags: readonly string[];
  readonly json: string;
  readonly isReplay: boolean;
  /** By the clock of the log's Redis, epoch ms; 0 when it is not told. */
  readonly appendedAtMs: number;
}

export type StreamEntry = readonly [id: string, fields: readonly string[]];

/** An XREAD or XRANGE entry as a row. A field that is missing reads as empty. */
export function toStoredRow([id, fields]: StreamEntry): StoredLogRow {
  const field = (name: string): string => {
    for (let i = 0; i + 1 < fields.length; i += 2)
      if (fields[i] === name) return fields[i + 1] ?? '';
    return '';
  };
  const tags = field('tags');
  return {
    seq: Number.parseInt(id, 10),
    epoch: field('epoch'),
    id: field('id'),
    tags: tags === '' ? [] : tags.split(','),
    json: field('json'),
    isReplay: field('replay') === '1',
    appendedAtMs: Number(field('at')),
  };
}

/** The entries of XREAD for one stream: null, a map (RESP3: [key, entries]) or a list of pairs. */
export function entriesOfRead(reply: unknown): readonly StreamEntry[] {
  if (!Array.isArray(reply)) return [];
  const [first, second] = reply as readonly unknown[];
  const entries = Array.isArray(first) ? first[1] : second;
  return (entries ?? []) as readonly StreamEntry[];
}
