import type { Position } from '@cloudphone/contracts';

/** What lies before `position` is unknown or void; rows after it go on being handed on. */
export interface TailReset {
  /**
   * `start`: the first position. `epoch`: the log has begun anew; rows that survived keep their
   * numbers, so the seq may be less than before. `trimmed`: rows were missed.
   */
  readonly reason: 'epoch' | 'trimmed' | 'start';
  readonly position: Position;
}
