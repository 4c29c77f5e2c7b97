import { createHash } from 'node:crypto';
import type { ViewAnswer } from './answer.ts';

/** What one part of an answer was built from; `json` only for parts that may be reused alone. */
export interface EntryPart {
  readonly start: number;
  readonly tags: readonly string[];
  readonly loadedAtMs: number;
  readonly json: string | undefined;
}

/** One answer of a view, as it was loaded. Instants are monotonic milliseconds of this process. */
export interface LoadedEntry {
  readonly epoch: string;
  /** The log's seq before the first byte was loaded: the entry reflects everything up to it. */
  readonly start: number;
  readonly tags: readonly string[];
  readonly body: Buffer;
  readonly etag: string;
  readonly createdAtMs: number;
  readonly freshUntilMs: number;
  readonly servableUntilMs: number;
  /** When the answer changes by time alone; Infinity: by events only. */
  readonly changesAtMs: number;
  readonly loadMs: number;
  readonly parts: ReadonlyMap<string, EntryPart>;
  readonly degraded: readonly string[];
  readonly stale: readonly string[];
  /** Set when the source said that there is no such thing: the private sentence. */
  readonly absence: string | undefined;
}

/** An entry together with what this process has found out about it since. */
export interface Entry extends LoadedEntry {
  /** No change of its tags lies between `start` and this seq. */
  validThrough: number;
  /** When that was last confirmed. */
  lastValidMs: number;
  /** Once a change is known, it stays known. */
  isChanged: boolean;
  /** From then on a reader sets off a refresh. */
  refreshAtMs: number;
  hits: number;
  /** The answer last given from memory, given again while nothing has been applied since. */
  hit: ViewAnswer | undefined;
}

export function holdEntry(loaded: LoadedEntry, refreshAtMs: number): Entry {
  return {
    ...loaded,
    validThrough: loaded.start,
    lastValidMs: loaded.createdAtMs,
    isChanged: false,
    refreshAtMs,
    hits: 0,
    hit: undefined,
  };
}

/** A strong validator (RFC 9110 §8.8.3): the same bytes have the same tag on every node. */
export function etagOf(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

/** What an entry weighs in memory, roughly. */
export function bytesOf(entry: LoadedEntry): number {
  let bytes = 600 + entry.body.length + entry.tags.length * 40;
  for (const part of entry.parts.values()) {
    bytes += 120 + part.tags.length * 8 + (part.json?.length ?? 0);
  }
  return bytes;
}
