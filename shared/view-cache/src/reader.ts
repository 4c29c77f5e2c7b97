import type { AnyView, Scope } from './define-view.ts';
import type { Position } from './position.ts';
import type { ViewKey } from './view-key.ts';

/** A position that the caller was told, or `bypass`: nothing that was loaded before this read. */
export type Token = Position | 'bypass';

export interface ViewRequest {
  readonly view: AnyView;
  readonly key: ViewKey;
  readonly params: unknown;
  readonly scope: Scope;
  readonly token: Token | undefined;
}

/** One read and what its answer must include. */
export interface Reader {
  readonly request: ViewRequest;
  /** Readers and loads are numbered together: a load with a higher number began later. */
  readonly number: number;
  /** Monotonic ms. */
  readonly beganAtMs: number;
  /** What the node knew when the read began. */
  readonly known: Position | undefined;
  /** A token ahead of the node: only Redis can tell what to make of it. */
  readonly ahead: Position | undefined;
  /** Nothing that was loaded before this read will do. */
  readonly isForced: boolean;
}
