import { LRUCache } from 'lru-cache';
import { bytesOf, type Entry } from './entry.ts';
import { viewNameIn } from './view-key.ts';

/** The first tier: entries of this process, the least recently used leaving first. */
export interface MemoryTier {
  readonly bytes: number;
  readonly size: number;
  /** Of each view that was ever here; together they are `bytes`. */
  readonly bytesByView: ReadonlyMap<string, number>;
  get(key: string): Entry | undefined;
  /** Keeps what is there when that was loaded later: returns whichever is kept. */
  put(key: string, entry: Entry): Entry;
  delete(key: string): void;
  entries(): Iterable<[string, Entry]>;
  clear(): void;
}

export function createMemoryTier(maxBytes: number): MemoryTier {
  const bytesByView = new Map<string, number>();
  const weigh = (key: string, bytes: number): void => {
    const view = viewNameIn(key);
    bytesByView.set(view, (bytesByView.get(view) ?? 0) + bytes);
  };
  const entries = new LRUCache<string, Entry>({
    maxSize: maxBytes,
    maxEntrySize: Math.max(1, Math.floor(maxBytes / 4)),
    sizeCalculation: bytesOf,
    onInsert: (entry, key, reason) => {
      if (reason !== 'update') weigh(key, bytesOf(entry));
    },
    dispose: (entry, key) => weigh(key, -bytesOf(entry)),
  });
  return {
    get bytes() {
      return entries.calculatedSize;
    },
    get size() {
      return entries.size;
    },
    bytesByView,
    get: (key) => entries.get(key),
    put: (key, entry) => {
      const held = entries.peek(key);
      if (held !== undefined && isLater(held, entry)) return held;
      if (held !== undefined) entry.hits += held.hits;
      entries.set(key, entry);
      return entry;
    },
    delete: (key) => void entries.delete(key),
    entries: () => entries.entries(),
    clear: () => entries.clear(),
  };
}

function isLater(held: Entry, entry: Entry): boolean {
  if (held.epoch !== entry.epoch) return false;
  return (
    held.start > entry.start || (held.start === entry.start && held.createdAtMs > entry.createdAtMs)
  );
}
