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
  return new HeldEntry(loaded, refreshAtMs);
}

/**
 * A class, so that all entries have one shape: objects put together by spreading are several times
 * dearer to look at (`npm run bench -- cache`).
 */
class HeldEntry implements Entry {
  validThrough: number;
  isChanged = false;
  hits = 0;
  hit: ViewAnswer | undefined = undefined;
  refreshAtMs: number;
  readonly changesAtMs: number;
  lastValidMs: number;
  readonly epoch: string;
  readonly absence: string | undefined;
  readonly tags: readonly string[];
  readonly start: number;
  readonly body: Buffer;
  readonly etag: string;
  readonly createdAtMs: number;
  readonly freshUntilMs: number;
  readonly servableUntilMs: number;
  readonly loadMs: number;
  readonly parts: ReadonlyMap<string, EntryPart>;
  readonly degraded: readonly string[];
  readonly stale: readonly string[];

  constructor(loaded: LoadedEntry, refreshAtMs: number) {
    this.validThrough = loaded.start;
    this.refreshAtMs = refreshAtMs;
    this.changesAtMs = loaded.changesAtMs;
    this.lastValidMs = loaded.createdAtMs;
    this.epoch = loaded.epoch;
    this.absence = loaded.absence;
    this.tags = loaded.tags;
    this.start = loaded.start;
    this.body = loaded.body;
    this.etag = loaded.etag;
    this.createdAtMs = loaded.createdAtMs;
    this.freshUntilMs = loaded.freshUntilMs;
    this.servableUntilMs = loaded.servableUntilMs;
    this.loadMs = loaded.loadMs;
    this.parts = loaded.parts;
    this.degraded = loaded.degraded;
    this.stale = loaded.stale;
  }
}

/** A strong validator (RFC 9110 §8.8.3): the same bytes have the same tag on every node. */
export function etagOf(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

/**
 * A buffer with memory of its own. Node cuts small ones from slabs of 8 KB that live as long as any
 * piece of them: a body of 2 KB would then weigh four times what the budget counts.
 */
export function ownBuffer(content: string | Buffer): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(content));
  if (typeof content === 'string') bytes.write(content);
  else content.copy(bytes);
  return bytes;
}

/** What an entry weighs in memory, roughly. */
export function bytesOf(entry: LoadedEntry): number {
  let bytes = 1_300 + entry.body.length + entry.tags.length * 40;
  for (const part of entry.parts.values()) {
    bytes += 120 + part.tags.length * 8 + (part.json?.length ?? 0);
  }
  return bytes;
}
