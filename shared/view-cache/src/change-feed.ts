import type { Position } from './position.ts';

/** `access`: somebody lost the right to see it, so no old answer is ever shown again. */
export type ChangeClass = 'fact' | 'access';

/** One entry of the log: what it changed, by tag. */
export interface Change {
  readonly position: Position;
  readonly tags: readonly string[];
  readonly class: ChangeClass;
  /** When it came to be, epoch ms, for the metric of how late it was known; left out for old news. */
  readonly atMs?: number;
  /** Versions that entities have reached with it; an answer with a lower one came from a laggard. */
  readonly versions?: readonly { readonly tag: string; readonly version: number }[];
}

/** What was known of the past is not known any more; the log goes on after `position`. */
export interface Reset {
  readonly reason: 'epoch' | 'trimmed' | 'start';
  readonly position: Position;
}

/**
 * The node's reader of the log, as the cache needs it. Whoever owns it pushes every change into the
 * cache (`applyChange`, `reset`), in log order, before `applied` moves on.
 */
export interface ChangeFeed {
  /** Undefined until the log was reached for the first time. */
  readonly applied: Position | undefined;
  /** Whether nothing newer can be in the log than the heartbeat allows. False: memory is bypassed. */
  readonly isTrusted: boolean;
  /** Resolves true when `position` is applied, false when `timeoutMs` have passed. */
  waitFor(position: Position, timeoutMs: number): Promise<boolean>;
  /** Told of every position seen in a reply of Redis; a feed that is behind one has missed something. */
  observe(position: Position): void;
}
