import type { Change } from './change-feed.ts';
import type { Entry } from './entry.ts';
import { forgetOldest } from './forget-oldest.ts';
import type { Position } from './position.ts';

/**
 * How an entry stands against what this node knows: `unknown` when its tags may have changed at a
 * time that is not remembered here any more (Redis remembers longer).
 */
export type Standing = 'valid' | 'changed' | 'unknown' | 'other-epoch';

/**
 * When each tag last changed, as far as this node has followed the log. Bounded: forgetting the
 * oldest mark raises the floor, below which nothing is decided here.
 */
export interface Watermarks {
  /** How far the log was followed; undefined before the first reset. */
  readonly position: Position | undefined;
  readonly floor: number;
  readonly size: number;
  apply(change: Change): void;
  reset(position: Position): void;
  /** Constant time when nothing was applied since the entry was last found valid. */
  check(entry: Entry, nowMs: number): Standing;
  /** Whether any of the tags is known to have changed after `seq`. */
  hasChanged(tags: Iterable<string>, seq: number): boolean;
  /** Whether an access change after `seq` is known or cannot be ruled out. */
  isFinal(tags: Iterable<string>, position: Position): boolean;
  markOf(tag: string): number | undefined;
}

export interface WatermarksOptions {
  /** Tags remembered; 100,000 unless told (some 10 MB). */
  readonly maxTags?: number;
  /** For the consistency checker only: entries of other epochs count as this one's. */
  readonly skipEpoch?: boolean;
}

export function createWatermarks(options: WatermarksOptions = {}): Watermarks {
  const { maxTags = 100_000, skipEpoch = false } = options;
  const marks = new Map<string, number>();
  const accessMarks = new Map<string, number>();
  let position: Position | undefined;
  let floor = 0;
  let accessFloor = 0;

  const hasMarkAfter = (map: Map<string, number>, tags: Iterable<string>, seq: number): boolean => {
    for (const tag of tags) {
      const mark = map.get(tag);
      if (mark !== undefined && mark > seq) return true;
    }
    return false;
  };

  const reset = (to: Position): void => {
    marks.clear();
    accessMarks.clear();
    position = to;
    floor = to.seq;
    accessFloor = to.seq;
  };

  const follow = (to: Position): void => {
    if (position === undefined || position.epoch !== to.epoch) {
      reset({ epoch: to.epoch, seq: to.seq - 1 });
    } else if (to.seq > position.seq + 1) {
      // Rows that were never shown here: nothing older than them can be decided here.
      floor = Math.max(floor, to.seq - 1);
      accessFloor = Math.max(accessFloor, to.seq - 1);
    }
    if (position === undefined || to.seq > position.seq) position = to;
  };

  const check = (entry: Entry, nowMs: number): Standing => {
    if (position === undefined) return 'unknown';
    if (entry.epoch !== position.epoch && !skipEpoch) return 'other-epoch';
    if (entry.isChanged) return 'changed';
    if (entry.validThrough < position.seq) {
      if (entry.validThrough < floor) return 'unknown';
      if (hasMarkAfter(marks, entry.tags, entry.validThrough)) {
        entry.isChanged = true;
        return 'changed';
      }
      entry.validThrough = position.seq;
    }
    entry.lastValidMs = nowMs;
    return 'valid';
  };

  return {
    get position() {
      return position;
    },
    get floor() {
      return floor;
    },
    get size() {
      return marks.size;
    },
    apply: (change) => {
      follow(change.position);
      const { seq } = change.position;
      for (const tag of change.tags) {
        remember(marks, tag, seq);
        if (change.class === 'access') remember(accessMarks, tag, seq);
      }
      floor = Math.max(floor, ...forgetOldest(marks, maxTags));
      accessFloor = Math.max(accessFloor, ...forgetOldest(accessMarks, maxTags));
    },
    reset,
    check,
    hasChanged: (tags, seq) => seq < floor || hasMarkAfter(marks, tags, seq),
    isFinal: (tags, { epoch, seq }) =>
      position === undefined ||
      (epoch !== position.epoch && !skipEpoch) ||
      seq < accessFloor ||
      hasMarkAfter(accessMarks, tags, seq),
    markOf: (tag) => marks.get(tag),
  };
}

/** A Map keeps the order in which keys were put: taking it out first makes the newest the last. */
function remember(map: Map<string, number>, tag: string, value: number): void {
  map.delete(tag);
  map.set(tag, value);
}
