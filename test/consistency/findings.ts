import type { Position } from '@cloudphone/view-cache';
import type { Key, Versioned } from './world-map.ts';

export const VIOLATIONS = [
  /** An unmarked answer lacks something that its node had applied before the read began. */
  'older-than-known',
  /** Less than the position that the reader presented. */
  'older-than-token',
  /** Less than the position told with the answer. */
  'dishonest-position',
  /** Less than the reader's own write, presented by its position or by asking past the cache. */
  'older-than-own-write',
  /** Somebody lost the right to see it, and it was shown, marked or not. */
  'access',
  /** Shown changed for longer than the view tolerates, or by a view that tolerates nothing. */
  'tolerance',
  /** Shown unmarked to somebody who began after the instant at which it changes by itself. */
  'outlived',
  /** Shown for a failing source for longer than it is servable. */
  'servable',
  /** Unmarked and older than the log for longer than two heartbeats. */
  'age',
  /** Not the truth when nothing changes any more. */
  'never-caught-up',
  /** A read failed for no reason that the world gave it. */
  'failure',
] as const;
export type ViolationKind = (typeof VIOLATIONS)[number];

export interface Violation {
  readonly kind: ViolationKind;
  readonly node: string;
  /** All that helps to find out why. */
  readonly detail: string;
}

/** To be judged when all is known: an answer shows everything up to a position. */
export interface Promised {
  readonly kind: 'older-than-token' | 'dishonest-position';
  readonly position: Position;
  readonly shown: readonly Versioned[];
  readonly detail: string;
}

/** When a node applied a row of the log, and when it last showed something older unmarked. */
export interface Sighting {
  readonly rowId: string;
  readonly epoch: string;
  /** 0: it came to know of it by a reset. */
  readonly appliedAtMs: number;
  /** When the last such read began; 0: there was none. */
  readonly lastShownOldMs: number;
  /** What that read was; empty: there was none. */
  readonly how: string;
}

export interface CrossingToken {
  readonly target: number;
  readonly position: Position;
  /** The contents it came with, or the write that it belongs to. */
  readonly versions: readonly Versioned[];
  readonly isOwnWrite: boolean;
}

export type Counts = Readonly<Record<string, number>>;

/** What a node has found since it last told. */
export interface NodeReport {
  readonly node: string;
  readonly counts: Counts;
  readonly violations: readonly Violation[];
  readonly promises: readonly Promised[];
  readonly sightings: readonly Sighting[];
  readonly tokens: readonly CrossingToken[];
}

export type { Key, Versioned };
