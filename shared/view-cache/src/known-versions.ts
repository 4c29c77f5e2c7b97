import type { Clock } from '@cloudphone/runtime';
import type { Change } from './change-feed.ts';
import { forgetOldest } from './forget-oldest.ts';
import type { Position } from './position.ts';

/**
 * Which versions of entities the log has told this node of, and by which row. An answer below a
 * version that a row up to its load's start told of comes from a laggard, such as a replica that has
 * not caught up; below one that was told later it is merely overtaken, as any load may be.
 */
export interface KnownVersions {
  learn(change: Change): void;
  /** Rows were missed, or the log is another one; what was told before stays true. */
  reset(position: Position): void;
  /** The one that was told last. */
  latest(tag: string): number | undefined;
  /** When more changes came during the load than are remembered of a tag, the answer is: yes. */
  hasLater(tag: string, version: number, start: Position): boolean;
  /** The same, of versions with which somebody lost the right to see it. */
  hasLaterAccess(tag: string, version: number, start: Position): boolean;
}

interface Step {
  readonly seq: number;
  readonly version: number;
  readonly isAccess: boolean;
  readonly learnedAtMs: number;
}

interface Told {
  /** In log order. */
  steps: Step[];
  /** The highest versions of the steps that are not remembered. */
  lost: number;
  lostAccess: number;
}

/** No load takes longer (`budgetMs`): what was told before that is before any load's start. */
const STEPS_KEPT_MS = 30_000;
const MAX_STEPS = 32;
/**
 * A new epoch has other numbers, but what was told in the one before was true. For a while only: it
 * may have begun because a database was restored, whose versions are then lower for good.
 */
const EARLIER_KEPT_MS = 60_000;

export function createKnownVersions(options: {
  readonly clock: Clock;
  readonly maxTags: number;
}): KnownVersions {
  const { clock, maxTags } = options;
  let told = new Map<string, Told>();
  let earlier = new Map<string, Told>();
  let earlierUntilMs = 0;
  let epoch: string | undefined;

  const learnOne = (tag: string, step: Step): void => {
    const known = told.get(tag) ?? { steps: [], lost: 0, lostAccess: 0 };
    known.steps.push(step);
    // The step after one that is let go is as old as any load's start may be.
    while (known.steps.length > MAX_STEPS || isLongKnown(known.steps[1], step.learnedAtMs)) {
      const { version, isAccess } = known.steps.shift() as Step;
      known.lost = Math.max(known.lost, version);
      if (isAccess) known.lostAccess = Math.max(known.lostAccess, version);
    }
    // Taking it out first makes it the newest of the map.
    told.delete(tag);
    told.set(tag, known);
    forgetOldest(told, maxTags);
  };

  const anyLater = (
    tag: string,
    start: Position,
    matches: (step: Step) => boolean,
    isLost: (known: Told) => boolean,
  ): boolean => {
    const throughSeq = start.epoch === epoch ? start.seq : Infinity;
    const known = told.get(tag);
    if (known && (isLost(known) || known.steps.some((s) => s.seq <= throughSeq && matches(s)))) {
      return true;
    }
    const before = clock.monotonicMs() < earlierUntilMs ? earlier.get(tag) : undefined;
    return before !== undefined && (isLost(before) || before.steps.some(matches));
  };

  const reset = (position: Position): void => {
    if (epoch !== undefined && position.epoch !== epoch) {
      const nowMs = clock.monotonicMs();
      earlier = nowMs < earlierUntilMs ? new Map([...earlier, ...told]) : told;
      forgetOldest(earlier, maxTags);
      earlierUntilMs = nowMs + EARLIER_KEPT_MS;
      told = new Map();
    }
    epoch = position.epoch;
  };

  return {
    learn: ({ position, versions = [], class: changeClass }) => {
      reset(position);
      const isAccess = changeClass === 'access';
      for (const { tag, version } of versions) {
        const learnedAtMs = clock.monotonicMs();
        learnOne(tag, { seq: position.seq, version, isAccess, learnedAtMs });
      }
    },
    reset,
    latest: (tag) => (told.get(tag) ?? earlier.get(tag))?.steps.at(-1)?.version,
    hasLater: (tag, version, start) =>
      anyLater(
        tag,
        start,
        (step) => step.version > version,
        ({ lost }) => lost > version,
      ),
    hasLaterAccess: (tag, version, start) =>
      anyLater(
        tag,
        start,
        (step) => step.isAccess && step.version > version,
        ({ lostAccess }) => lostAccess > version,
      ),
  };
}

function isLongKnown(step: Step | undefined, nowMs: number): boolean {
  return step !== undefined && nowMs - step.learnedAtMs > STEPS_KEPT_MS;
}
