import type { Position, Token, ViewAnswer, ViewKey } from '@cloudphone/view-cache';
import type { Target } from './views.ts';

/**
 * Ours; ours with a part of its algorithm switched off; ours told wrong things by its surroundings
 * (that its feed can always be trusted, of no tokens, that nothing is an access change, of no versions,
 * of no instants at which answers change); another.
 */
export const SUBJECTS = [
  'ours',
  'no-fence',
  'no-epoch',
  'no-join',
  'no-trust',
  'no-tokens',
  'no-access',
  'no-versions',
  'no-instants',
  'bentocache',
] as const;
export type SubjectName = (typeof SUBJECTS)[number];

/** What the checker asks of an answer. Members that a subject cannot tell are as for a plain hit. */
export type JudgedAnswer = Pick<
  ViewAnswer,
  'body' | 'position' | 'status' | 'tier' | 'degraded' | 'stale' | 'ageMs'
>;

/** The cache that is being judged. */
export interface Subject {
  /** Whether it knows positions: without them nothing about tokens can be asked of it. */
  readonly knowsPositions: boolean;
  peek(target: Target, key: ViewKey, token: Token | undefined): JudgedAnswer | undefined;
  read(target: Target, token: Token | undefined): Promise<JudgedAnswer>;
  /** Loads begun so far. */
  loads(): number;
}

/** Follows the log before anybody counts a row as known. */
export interface SubjectFollower {
  onRow(row: {
    readonly position: Position;
    readonly tags: readonly string[];
    readonly class: 'fact' | 'access';
    readonly version: number | undefined;
  }): void | Promise<void>;
  onReset(reset: {
    readonly reason: 'epoch' | 'trimmed' | 'start';
    readonly position: Position;
  }): void;
}
