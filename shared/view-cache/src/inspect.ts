import type { CacheCore } from './core.ts';
import type { Entry } from './entry.ts';
import { decodeFrame } from './frame.ts';
import { freshnessLeftMs } from './freshness.ts';
import type { Position } from './position.ts';

/** One entry, for people. */
export interface EntryReport {
  readonly key: string;
  readonly tier: 'memory' | 'redis';
  readonly epoch: string;
  readonly start: number;
  readonly tags: readonly string[];
  readonly bytes: number;
  readonly ageMs: number;
  readonly ttlMs: number;
  readonly isAbsence: boolean;
}

export type EntryVerdict = 'valid' | 'changed' | 'other-epoch' | 'expired' | 'absent';

/** An entry, what is known of each of its tags, and what follows from that. */
export interface Explanation {
  readonly key: string;
  readonly verdict: EntryVerdict;
  readonly because: string;
  readonly position: Position;
  readonly entries: readonly EntryReport[];
  /** `changedAt` is Redis' watermark, 0 for none; `knownHere` this node's. */
  readonly tags: readonly {
    readonly tag: string;
    readonly changedAt: number;
    readonly knownHere: number | undefined;
  }[];
}

export interface ListOptions {
  readonly view?: string | undefined;
  readonly tag?: string | undefined;
  readonly limit?: number | undefined;
}

type Readable = Pick<
  Entry,
  | 'epoch'
  | 'start'
  | 'tags'
  | 'body'
  | 'createdAtMs'
  | 'freshUntilMs'
  | 'servableUntilMs'
  | 'changesAtMs'
  | 'absence'
>;

/** This node's entries, then those that only Redis holds (not by tag: Redis keeps no such lists). */
export async function listEntries(
  core: CacheCore,
  { view, tag, limit = 100 }: ListOptions,
): Promise<readonly EntryReport[]> {
  const found: EntryReport[] = [];
  const held = new Set<string>();
  for (const [key, entry] of core.complete.entries()) {
    if (found.length >= limit) return found;
    if (view !== undefined && !key.startsWith(`${view}:`)) continue;
    if (tag !== undefined && !entry.tags.includes(tag)) continue;
    held.add(key);
    found.push(reportOf(core, { key, tier: 'memory', entry }));
  }
  if (tag !== undefined) return found;
  const prefix = view === undefined ? '' : `${view}:`;
  for (const key of await core.store.askPatiently((store) => store.listKeys(prefix, limit))) {
    if (found.length >= limit) break;
    if (held.has(key)) continue;
    const entry = await findStored(core, key);
    if (entry) found.push(reportOf(core, { key, tier: 'redis', entry }));
  }
  return found;
}

/** Rejects when Redis is away: what it knows is the point. */
export async function explainEntry(core: CacheCore, key: string): Promise<Explanation> {
  const inMemory = core.complete.get(key);
  const inRedis = await findStored(core, key);
  const newest =
    inMemory && inRedis && inRedis.start > inMemory.start ? inRedis : (inMemory ?? inRedis);
  const tags = newest?.tags ?? [];
  const { position, marks } = await core.store.askPatiently((store) => store.watermarks(tags));
  return {
    key,
    ...verdictOn(core, newest, { position, marks }),
    position,
    entries: [
      ...(inMemory ? [reportOf(core, { key, tier: 'memory' as const, entry: inMemory })] : []),
      ...(inRedis ? [reportOf(core, { key, tier: 'redis' as const, entry: inRedis })] : []),
    ],
    tags: tags.map((tag, i) => ({
      tag,
      changedAt: marks[i] ?? 0,
      knownHere: core.marks.markOf(tag),
    })),
  };
}

function verdictOn(
  core: CacheCore,
  entry: Readable | undefined,
  { position, marks }: { readonly position: Position; readonly marks: readonly number[] },
): { readonly verdict: EntryVerdict; readonly because: string } {
  if (entry === undefined) return { verdict: 'absent', because: 'Nothing is kept under this key.' };
  if (entry.epoch !== position.epoch) {
    return {
      verdict: 'other-epoch',
      because: `It was loaded in epoch ${entry.epoch}; the log is in ${position.epoch}.`,
    };
  }
  const changed = marks.findIndex((mark) => mark > entry.start);
  if (changed >= 0) {
    const because = `${entry.tags[changed]} changed at ${marks[changed]}, after ${entry.start}.`;
    return { verdict: 'changed', because };
  }
  const nowMs = core.clock.monotonicMs();
  if (nowMs >= entry.changesAtMs) {
    return { verdict: 'changed', because: 'Its time is over: it changes by itself.' };
  }
  if (nowMs >= entry.servableUntilMs) {
    return { verdict: 'expired', because: 'It is older than its view may be served.' };
  }
  return { verdict: 'valid', because: `None of its tags changed after ${entry.start}.` };
}

async function findStored(core: CacheCore, key: string): Promise<Readable | undefined> {
  const frame = await core.store.askPatiently((store) => store.find(key));
  const servableForMs = Number.POSITIVE_INFINITY;
  return frame && decodeFrame(frame, { clock: core.clock, servableForMs })?.entry;
}

function reportOf(
  core: CacheCore,
  {
    key,
    tier,
    entry,
  }: { readonly key: string; readonly tier: 'memory' | 'redis'; readonly entry: Readable },
): EntryReport {
  const nowMs = core.clock.monotonicMs();
  return {
    key,
    tier,
    epoch: entry.epoch,
    start: entry.start,
    tags: entry.tags,
    bytes: entry.body.length,
    ageMs: nowMs - entry.createdAtMs,
    ttlMs: freshnessLeftMs(entry, nowMs),
    isAbsence: entry.absence !== undefined,
  };
}
