import type { Position } from '@cloudphone/view-cache';
import { sharedNowMs } from '../shared-clock.ts';
import type { Key, Versioned } from '../world-map.ts';

/** One thing that the node came to know of a key. */
export interface Learned {
  /** Of the order in which this node learned. */
  readonly index: number;
  readonly version: number;
  readonly isAccess: boolean;
  readonly learnedAtMs: number;
  readonly rowId: string;
  readonly epoch: string;
  /** By a row that the node applied, not by what a reset spared it. */
  readonly isTold: boolean;
}

/**
 * What a node knows by having followed the log, kept apart from the cache that is being judged. It
 * only grows: whatever an epoch did to the log, what was once told was true before.
 */
export interface Knowledge {
  /** Grows with every row and reset. */
  readonly index: number;
  readonly position: Position | undefined;
  /** The highest version known when `index` was reached; 0: none. */
  versionAt(key: Key, index: number): number;
  /** The same, as far as rows that the node applied told of it. */
  toldVersionAt(key: Key, index: number): number;
  /** The highest version at which somebody lost the right to see it, known at `index`. */
  accessVersionAt(key: Key, index: number): number;
  /** The first that was learned of a version above `version`. */
  firstAbove(key: Key, version: number): Learned | undefined;
  applyRow(row: {
    readonly id: string;
    readonly position: Position;
    readonly changed: readonly Versioned[];
    readonly isAccess: boolean;
  }): void;
  /** A reset to `position`; what lies before it is told later, with the index that this returns. */
  moveTo(position: Position): number;
  /** What the log says up to a reset. */
  learnLate(
    index: number,
    epoch: string,
    floor: readonly { readonly key: Key; readonly version: number; readonly rowId: string }[],
  ): void;
}

interface Step {
  readonly learned: Learned;
  /** Of all up to this one. */
  highest: number;
  highestTold: number;
  highestAccess: number;
}

export function createKnowledge(): Knowledge {
  const byKey = new Map<Key, Step[]>();
  const resetAtMs = new Map<number, number>();
  let index = 0;
  let position: Position | undefined;

  const learn = (key: Key, learned: Learned): void => {
    const all = byKey.get(key) ?? [];
    byKey.set(key, all);
    let at = all.length;
    while (at > 0 && (all[at - 1] as Step).learned.index > learned.index) at--;
    all.splice(at, 0, { learned, highest: 0, highestTold: 0, highestAccess: 0 });
    for (; at < all.length; at++) {
      const step = all[at] as Step;
      const { version, isAccess, isTold } = step.learned;
      const before = all[at - 1];
      step.highest = Math.max(before?.highest ?? 0, version);
      step.highestTold = Math.max(before?.highestTold ?? 0, isTold ? version : 0);
      step.highestAccess = Math.max(before?.highestAccess ?? 0, isAccess ? version : 0);
    }
  };
  const stepAt = (key: Key, upTo: number): Step | undefined =>
    byKey.get(key)?.findLast(({ learned }) => learned.index <= upTo);

  return {
    get index() {
      return index;
    },
    get position() {
      return position;
    },
    versionAt: (key, upTo) => stepAt(key, upTo)?.highest ?? 0,
    toldVersionAt: (key, upTo) => stepAt(key, upTo)?.highestTold ?? 0,
    accessVersionAt: (key, upTo) => stepAt(key, upTo)?.highestAccess ?? 0,
    firstAbove: (key, version) =>
      byKey.get(key)?.find(({ learned }) => learned.version > version)?.learned,
    applyRow: (row) => {
      index++;
      position = row.position;
      const learnedAtMs = sharedNowMs();
      const { isAccess, id: rowId } = row;
      const { epoch } = row.position;
      for (const [key, version] of row.changed) {
        learn(key, { index, version, isAccess, learnedAtMs, rowId, epoch, isTold: true });
      }
    },
    moveTo: (to) => {
      index++;
      position = to;
      resetAtMs.set(index, sharedNowMs());
      return index;
    },
    learnLate: (at, epoch, floor) => {
      const learnedAtMs = resetAtMs.get(at) ?? sharedNowMs();
      for (const { key, version, rowId } of floor) {
        if ((stepAt(key, at)?.highest ?? 0) >= version) continue;
        const learned = { index: at, version, learnedAtMs, rowId, epoch };
        learn(key, { ...learned, isAccess: false, isTold: false });
      }
    },
  };
}
