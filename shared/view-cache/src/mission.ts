import type { Entry } from './entry.ts';
import type { Flight } from './flights.ts';
import type { Position } from './position.ts';
import type { ViewRequest } from './reader.ts';

/** Why a flight was begun, and what it has to bring. */
export interface Mission {
  readonly request: ViewRequest;
  readonly flight: Flight;
  /** The token of the reader who set it off, if it was ahead of the node. */
  readonly ahead: Position | undefined;
  /** The entry to be replaced: finding it again in the second tier does not do. */
  readonly outdated: Entry | undefined;
}
